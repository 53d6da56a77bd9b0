"""What is said again after a crash or a lost link, whatever Gemini makes of it: nothing is doubled
that was called for before, and nothing lost that is new."""

from __future__ import annotations

from array import array
from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from actors.policy import SessionPolicy
from actors.ports import LinkClosed
from schemas.gemini import FunctionCall, GeminiMessage
from shopping import UNDO_NAME
from tests.support.gemini_says import (
    TURN_COMPLETE,
    call,
    calls,
    cancelled,
    handle,
    heard,
    replied,
    usage,
)
from tests.support.moments import a_moment, seconds_pass
from tests.support.shop import App, Shop, open_shop
from tests.support.sounds import chunks, silence, speech
from tests.support.virtual_clock import VirtualClockLoop


@pytest.fixture
async def shop() -> AsyncGenerator[Shop, None]:
    async with open_shop() as opened:
        yield opened


async def left(shop: Shop, sentences: int, **fields: object) -> App:
    """A session with so many spoken sentences that Gemini has not answered, resumed elsewhere."""
    app = App(shop)
    await app.start(**fields)
    for voice in range(1, sentences + 1):
        await speaks(app, voice)
    app.phone.leaves()
    await seconds_pass(10)
    await app.start()
    await seconds_pass(2)
    return app


async def speaks(app: App, voice: int = 1) -> None:
    app.phone.sends(speech(500, voice) + silence(600))
    await seconds_pass(1)


async def says(app: App, *messages: GeminiMessage) -> None:
    app.shop.gemini.newest.says(*messages)
    await a_moment()
    app.look()


async def crash(app: App) -> None:
    app.held.running.cancel()
    await app.held.ended()
    await app.start()
    await seconds_pass(2)


async def lose_link(app: App) -> None:
    app.shop.gemini.newest.breaks()
    await seconds_pass(3)


async def after_a_stop(app: App) -> None:
    app.phone.says("stop_session")
    await seconds_pass(30)
    app.look()
    assert app.phone.told("status")[-1]["status"] == "stopped"
    app.phone.says("start_session")
    await seconds_pass(1)


def at_level(level: int) -> bytes:
    """Half a second of sound whose samples are as far from zero as that."""
    return array("h", [level if at % 3 else -level for at in range(8_000)]).tobytes()


def undo(call_id: str) -> FunctionCall:
    return FunctionCall(name=UNDO_NAME, id=call_id)


# What the events of the list do not tell.


async def test_a_part_that_was_removed_is_not_removed_twice(shop: Shop) -> None:
    app = await left(shop, 1, list=[{"id": "a", "name": "mleko", "quantity": 5}])
    removed = {"action": "remove", "quantity": 2}
    await says(app, heard("x"), calls(call("c1", "mleko", **removed)), TURN_COMPLETE)
    await crash(app)
    await says(app, heard("x"), calls(call("c2", "mleko", **removed)), TURN_COMPLETE)
    assert app.list == {"mleko": 3}


async def test_what_was_added_in_the_unit_that_is_there_is_not_added_twice(shop: Shop) -> None:
    app = await left(shop, 1, list=[{"id": "a", "name": "mleko", "quantity": 2, "unit": "szt"}])
    for call_id in ("c1", "c2"):
        await says(app, heard("x"), calls(call(call_id, "mleko")), TURN_COMPLETE)
        assert app.list == {"mleko": 3}
        await crash(app)


async def test_what_was_removed_and_added_again_is_there(shop: Shop) -> None:
    app = await left(shop, 2, list=[{"id": "a", "name": "mleko", "quantity": 2}])
    for first, second in (("c1", "c2"), ("c3", "c4")):
        await says(app, heard("x"), calls(call(first, "mleko", action="remove")), TURN_COMPLETE)
        await says(app, heard("x"), calls(call(second, "mleko")), TURN_COMPLETE)
        assert app.list == {"mleko": 1}
        await crash(app)


async def test_what_was_added_along_with_an_undo_is_not_added_twice(shop: Shop) -> None:
    app = await left(shop, 1)
    app.phone.says("edit", operations=[{"op": "add", "name": "ser"}])
    await a_moment()
    await says(app, heard("x"), calls(undo("u1"), call("c1", "mleko")), TURN_COMPLETE)
    await crash(app)
    await says(app, heard("x"), calls(undo("u2"), call("c2", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 1}


async def test_what_was_cancelled_is_new_when_it_is_called_for_again(shop: Shop) -> None:
    app = await left(shop, 1)
    await says(app, heard("x"), calls(call("c1", "mleko")))
    await says(app, cancelled("c1"))
    assert app.list == {}
    await crash(app)
    await says(app, heard("x"), calls(call("c2", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 1}


async def test_what_was_cancelled_twice_and_called_for_since_is_not_added_twice(
    shop: Shop,
) -> None:
    app = await left(shop, 1)
    await says(app, heard("x"), calls(call("c1", "mleko")))
    await says(app, cancelled("c1", "c1"), cancelled("c1"))
    await says(app, calls(call("c2", "mleko")), TURN_COMPLETE)
    await crash(app)
    await says(app, heard("x"), calls(call("c3", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 1}


@pytest.mark.parametrize("cut", [crash, lose_link])
async def test_what_could_not_be_done_before_is_not_done_now(
    shop: Shop, cut: Callable[[App], Awaitable[None]]
) -> None:
    app = await left(shop, 2)
    await says(app, heard("x"), calls(call("c1", "mleko", action="remove")))
    if cut is crash:
        await says(app, TURN_COMPLETE)
    await says(app, heard("x"), calls(call("c2", "mleko")))
    assert app.list == {"mleko": 1}
    await cut(app)
    await says(app, heard("x"), calls(call("c3", "mleko", action="remove")), TURN_COMPLETE)
    await says(app, heard("x"), calls(call("c4", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 1}


# However many turns Gemini takes.


async def test_two_sentences_that_take_two_turns_each_are_not_doubled_by_a_crash(
    shop: Shop,
) -> None:
    app = await left(shop, 2)
    for again in ("", "-again"):
        for name in ("mleko", "ser"):
            await says(app, heard(name), calls(call(name + again, name)), TURN_COMPLETE)
            await says(app, replied("ok"), TURN_COMPLETE)
        assert app.list == {"mleko": 1, "ser": 1}
        await crash(app)


async def test_two_sentences_that_take_two_turns_each_are_not_doubled_by_a_lost_link(
    shop: Shop,
) -> None:
    app = await left(shop, 2)
    await says(app, heard("x"), calls(call("c1", "mleko"), call("c2", "ser")))
    await lose_link(app)
    for name in ("mleko", "ser"):
        await says(app, heard(name), calls(call(f"{name}-again", name)), TURN_COMPLETE)
        await says(app, replied("ok"), TURN_COMPLETE)
    assert app.list == {"mleko": 1, "ser": 1}


@pytest.mark.parametrize("two_turns", [False, True])
async def test_something_typed_that_is_answered_before_doubles_nothing(
    shop: Shop, *, two_turns: bool
) -> None:
    app = await left(shop, 1)
    await says(app, heard("sól"), calls(call("c0", "sól")), TURN_COMPLETE)
    app.held.running.cancel()
    await app.held.ended()
    await app.start()
    app.phone.says("text", text="dodaj herbatę", ref="r1")
    await seconds_pass(1)
    await says(app, calls(call("c1", "herbata")), TURN_COMPLETE)
    if two_turns:
        await says(app, replied("ok"), TURN_COMPLETE)
    await says(app, heard("sól"), calls(call("c2", "sól")), TURN_COMPLETE)
    assert app.list == {"herbata": 1, "sól": 1}
    await says(app, heard("sól"), calls(call("c3", "sól")), TURN_COMPLETE)
    assert app.list == {"herbata": 1, "sól": 2}


async def test_a_link_that_is_not_granted_at_once_doubles_nothing(shop: Shop) -> None:
    app = await left(shop, 1)
    await says(app, heard("x"), calls(call("c1", "mleko")), TURN_COMPLETE)
    shop.gemini.refusals.append(LinkClosed(1011, "overloaded", closed_by="peer"))
    await crash(app)
    await seconds_pass(3)
    assert len(shop.gemini.newest.audio) > 0
    await says(app, heard("x"), calls(call("c2", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 1}


async def test_the_end_of_a_turn_from_before_the_link_was_lost_changes_nothing(
    shop: Shop,
) -> None:
    app = App(shop)
    await app.start()
    await says(app, handle("h"))
    await speaks(app)
    await says(app, heard("mleko"), calls(call("c1", "mleko")))
    await lose_link(app)
    await says(app, replied("ok"), TURN_COMPLETE)
    await says(app, heard("mleko"), calls(call("c2", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 1}


async def test_a_sentence_that_gemini_hears_as_two_is_not_doubled(shop: Shop) -> None:
    app = await left(shop, 1)
    await says(app, heard("x"), calls(call("c1", "mleko"), call("c2", "ser")), TURN_COMPLETE)
    await crash(app)
    await says(app, heard("mleko"), calls(call("c3", "mleko")), TURN_COMPLETE)
    await says(app, heard("ser"), calls(call("c4", "ser")), TURN_COMPLETE)
    assert app.list == {"mleko": 1, "ser": 1}


async def test_a_noise_that_gemini_answers_first_doubles_nothing(shop: Shop) -> None:
    app = await left(shop, 1)
    await says(app, heard("x"), calls(call("c1", "mleko")), TURN_COMPLETE)
    await crash(app)
    await says(app, heard("hm"), TURN_COMPLETE)
    await says(app, heard("x"), calls(call("c2", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 1}


async def test_two_sentences_that_are_the_same_count_twice(shop: Shop) -> None:
    app = await left(shop, 2)
    for again in ("", "-again"):
        for at in range(2):
            await says(app, heard("x"), calls(call(f"c{at}{again}", "mleko")), TURN_COMPLETE)
        assert app.list == {"mleko": 2}
        await crash(app)


async def test_of_two_that_are_the_same_the_one_that_was_not_answered_counts(shop: Shop) -> None:
    app = await left(shop, 2)
    await says(app, heard("x"), calls(call("c1", "mleko")), TURN_COMPLETE)
    await crash(app)
    for at in range(2):
        await says(app, heard("x"), calls(call(f"d{at}", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 2}


async def test_a_link_that_is_lost_in_the_middle_doubles_nothing(shop: Shop) -> None:
    app = await left(shop, 2)
    for name in ("mleko", "ser"):
        await says(app, heard(name), calls(call(name, name)), TURN_COMPLETE)
    await crash(app)
    await says(app, heard("x"), calls(call("c1", "mleko")), TURN_COMPLETE)
    await lose_link(app)
    await says(app, heard("x"), calls(call("c2", "ser")), TURN_COMPLETE)
    assert app.list == {"mleko": 1, "ser": 1}


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2)])
async def test_something_typed_in_the_middle_is_not_doubled_in_either_order(
    shop: Shop, order: tuple[int, ...]
) -> None:
    app = App(shop)
    await app.start()
    await speaks(app, 1)
    app.phone.says("text", text="dodaj ser", ref="r1")
    await seconds_pass(0.1)
    await speaks(app, 2)
    app.phone.leaves()
    await seconds_pass(10)
    await app.start()
    await seconds_pass(2)
    for attempt in range(3):
        for at in order if attempt else (0, 1, 2):
            spoken = () if at == 1 else (heard("x"),)
            name = ("mleko", "ser", "mleko")[at]
            await says(app, *spoken, calls(call(f"{attempt}-{at}", name)), TURN_COMPLETE)
        assert app.list == {"mleko": 2, "ser": 1}
        if attempt < 2:
            await crash(app)
    await speaks(app, 3)
    await says(app, heard("x"), calls(call("new", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 3, "ser": 1}


async def test_a_sentence_that_goes_on_after_the_crash_is_one(shop: Shop) -> None:
    app = App(shop)
    await app.start()
    app.phone.sends(speech(500, 1) + silence(600) + speech(500, 2))
    await seconds_pass(1)
    app.phone.leaves()
    await seconds_pass(10)
    await app.start()
    await seconds_pass(1)
    await speaks(app, 2)
    for name in ("mleko", "ser"):
        await says(app, heard(name), calls(call(name, name)), TURN_COMPLETE)
    await crash(app)
    await speaks(app, 3)
    for name in ("mleko", "ser"):
        await says(app, heard(name), calls(call(f"{name}-again", name)), TURN_COMPLETE)
    assert app.list == {"mleko": 1, "ser": 1}


@pytest.mark.parametrize("after_s", [4, 9, 26, 50])
async def test_a_late_answer_doubles_nothing(shop: Shop, after_s: float) -> None:
    """Links that nothing comes of are given up, and each next one is given more time."""
    app = await left(shop, 1)
    await says(app, heard("x"), calls(call("c1", "mleko")), TURN_COMPLETE)
    await crash(app)
    await seconds_pass(after_s)
    await says(app, heard("x"), calls(call("c2", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 1}


async def test_a_late_transcript_in_a_long_turn_doubles_nothing(shop: Shop) -> None:
    app = await left(shop, 1)
    await says(app, heard("x"), calls(call("c1", "mleko")), TURN_COMPLETE)
    await crash(app)
    await says(app, replied("chwileczkę"))
    await seconds_pass(4.5)
    await says(app, replied("już"), heard("x"))
    await seconds_pass(4.5)
    await says(app, replied("już dodaję"), calls(call("c2", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 1}


async def test_two_sentences_that_are_answered_in_one_long_turn_are_not_doubled(
    shop: Shop,
) -> None:
    app = await left(shop, 2)
    for name in ("mleko", "ser"):
        await says(app, heard(name), calls(call(name, name)), TURN_COMPLETE)
    await crash(app)
    await says(app, heard("mleko"), calls(call("c1", "mleko")))
    for _ in range(3):
        await seconds_pass(3)
        await says(app, replied("już"))
    await says(app, heard("ser"), calls(call("c2", "ser")), TURN_COMPLETE)
    assert app.list == {"mleko": 1, "ser": 1}


@pytest.mark.parametrize("level", [80, 350])
@pytest.mark.parametrize("behind", ["louder", "typed"])
async def test_a_quiet_sentence_is_not_doubled_whatever_comes_behind_it(
    shop: Shop, level: int, behind: str
) -> None:
    app = App(shop)
    await app.start()
    app.phone.sends(at_level(level) + silence(600))
    await seconds_pass(1)
    app.phone.leaves()
    await seconds_pass(60)
    await app.start()
    await seconds_pass(2)
    await says(app, heard("x"), calls(call("c1", "mleko")), TURN_COMPLETE)
    await crash(app)
    if behind == "louder":
        app.phone.sends(speech(300, 5))
    else:
        app.phone.says("text", text="dodaj ser", ref="r1")
    await seconds_pass(0.2)
    await says(app, heard("x"), calls(call("c2", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 1}


async def test_what_had_to_go_for_want_of_room_is_not_doubled(shop: Shop) -> None:
    """It was sent already, and may still be answered."""
    app = await left(shop, 1)
    await says(app, heard("x"), calls(call("c1", "mleko")), TURN_COMPLETE)
    await crash(app)
    links = len(shop.gemini.links)
    for chunk in chunks(speech(29_000, 7)):
        app.phone.sends(chunk)
    await seconds_pass(0.5)
    await says(app, heard("x"), calls(call("c2", "mleko")), TURN_COMPLETE)
    assert len(shop.gemini.links) == links
    assert app.list == {"mleko": 1}


# What is new, and the same as what was called for before.


async def test_what_is_said_once_all_is_answered_again_is_new(shop: Shop) -> None:
    """Gemini called for something else, the second time."""
    app = await left(shop, 1)
    await says(app, heard("x"), calls(call("c1", "mleko")), TURN_COMPLETE)
    await crash(app)
    await says(app, heard("x"), calls(call("c2", "ser")), TURN_COMPLETE)
    await speaks(app, 2)
    await says(app, heard("x"), calls(call("c3", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 2, "ser": 1}


async def test_what_is_typed_once_all_is_answered_again_is_new(shop: Shop) -> None:
    app = await left(shop, 1)
    await says(app, heard("x"), calls(call("c1", "mleko")), TURN_COMPLETE)
    await crash(app)
    await says(app, heard("x"), calls(call("c2", "ser")), TURN_COMPLETE)
    app.phone.says("text", text="dodaj mleko", ref="r1")
    await seconds_pass(1)
    await says(app, calls(call("c3", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 2, "ser": 1}


@pytest.mark.parametrize("level", [80, 3_000])
async def test_what_is_said_quietly_once_all_is_answered_again_is_new(
    shop: Shop, level: int
) -> None:
    app = App(shop)
    await app.start()
    app.phone.sends(at_level(level) + silence(600))
    await seconds_pass(1)
    await says(app, heard("x"), calls(call("c1", "mleko")))
    await lose_link(app)
    await says(app, heard("x"), calls(call("c2", "ser")), TURN_COMPLETE)
    await seconds_pass(20)
    app.phone.sends(at_level(level) + silence(600))
    await seconds_pass(1)
    await says(app, heard("x"), calls(call("c3", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 2, "ser": 1}


@pytest.mark.parametrize("sentences", [1, 2, 3])
async def test_what_is_said_after_a_stop_is_new(shop: Shop, sentences: int) -> None:
    app = await left(shop, sentences)
    for at in range(sentences):
        await says(app, heard("x"), calls(call(f"c{at}", "mleko")), TURN_COMPLETE)
    await crash(app)
    await after_a_stop(app)
    await speaks(app)
    await says(app, heard("mleko"), calls(call("new", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": sentences + 1}


async def test_what_is_said_after_a_stop_and_something_typed_is_new(shop: Shop) -> None:
    app = await left(shop, 1)
    await says(app, heard("x"), calls(call("c1", "mleko")), TURN_COMPLETE)
    await crash(app)
    app.phone.says("text", text="dodaj ser", ref="r1")
    await after_a_stop(app)
    await speaks(app)
    await says(app, heard("mleko"), calls(call("c2", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 2}


async def test_what_is_said_after_a_refusal_is_new(shop: Shop) -> None:
    app = App(shop)
    await app.start()
    await speaks(app)
    await says(app, heard("mleko"), calls(call("c1", "mleko")))
    shop.gemini.newest.breaks(LinkClosed(1008, "api key", closed_by="peer"))
    await seconds_pass(3)
    assert [each["code"] for each in app.phone.told("error")] == ["gemini_no_access"]
    app.phone.says("start_session")
    await seconds_pass(1)
    await speaks(app)
    await says(app, heard("mleko"), calls(call("c2", "mleko")), TURN_COMPLETE)
    assert app.list == {"mleko": 2}


async def test_what_is_said_after_fifty_steps_and_a_crash_is_new(shop: Shop) -> None:
    app = await left(shop, 1)
    await says(app, heard("x"), calls(call("c1", "mleko")), TURN_COMPLETE)
    await crash(app)
    for _ in range(50):
        app.phone.says("edit", operations=[{"op": "add", "name": "chleb"}])
        await seconds_pass(0.1)
    await crash(app)
    assert shop.gemini.newest.audio == b""
    await speaks(app)
    await says(app, heard("mleko"), calls(call("c2", "mleko")), TURN_COMPLETE)
    assert app.list["mleko"] == 2


# Whatever happens.


class Gemini:
    """Answers what it was told, one sentence in a turn or in two, in its order."""

    def __init__(self, app: App, unanswered: int) -> None:
        self.app = app
        self._stored = [f"stored{at}" for at in range(unanswered)]
        self.unanswered = list(self._stored)
        self._calls = 0
        self._told = 0

    async def does(self, what: str) -> None:
        match what:
            case "says":
                self._told += 1
                self.unanswered.append(f"spoken{self._told}")
                await speaks(self.app, 10 + self._told)
            case "types":
                self._told += 1
                self.unanswered.append(f"typed{self._told}")
                self.app.phone.says("text", text=f"dodaj {self._told}", ref=f"r{self._told}")
                await seconds_pass(0.2)
            case "waits":
                await seconds_pass(3)
            case "crash":
                await crash(self.app)
                # What came since and was not called for is gone with the instance.
                self.unanswered = list(self._stored)
            case "lost link":
                await lose_link(self.app)
            case _:
                if self.unanswered:
                    await self._answer(what)

    async def _answer(self, how: str) -> None:
        name = self.unanswered[0]
        self._calls += 1
        spoken = () if name.startswith("typed") else (heard("x"),)
        await says(self.app, *spoken, calls(call(f"k{self._calls}", name)))
        if how == "begins to answer":
            await lose_link(self.app)
            return
        self.unanswered.pop(0)
        await says(self.app, TURN_COMPLETE)
        if how == "answers in two turns":
            await says(self.app, replied("ok"), TURN_COMPLETE)


HAPPENS = [
    *("answers", "answers in two turns", "begins to answer"),
    *("crash", "lost link", "says", "types", "waits"),
]


@settings(max_examples=60)
@example(sentences=2, happens=["answers", "answers in two turns", "crash", "types"])
@example(sentences=1, happens=["begins to answer", "crash", "says", "lost link", "types"])
@given(
    sentences=st.integers(1, 3),
    happens=st.lists(st.sampled_from(HAPPENS), max_size=9),
)
def test_whatever_happens_each_sentence_counts_once(sentences: int, happens: list[str]) -> None:
    async def shopping() -> dict[str, float]:
        # A link that nothing comes of for long is given up, which is another test's affair.
        async with open_shop(policy=SessionPolicy(stall_s=1_000)) as shop:
            gemini = Gemini(await left(shop, sentences), sentences)
            for what in happens:
                await gemini.does(what)
            while gemini.unanswered:
                await gemini.does("answers")
            return gemini.app.list

    loop = VirtualClockLoop()
    try:
        bought = loop.run_until_complete(shopping())
    finally:
        loop.close()
    assert set(bought) >= {f"stored{at}" for at in range(sentences)}
    assert set(bought.values()) == {1}


# What is estimated.


async def test_what_is_typed_for_after_a_stop_is_not_estimated(shop: Shop) -> None:
    app = App(shop)
    await app.start()
    await speaks(app)
    app.phone.says("stop_session")
    await seconds_pass(0.2)
    app.phone.says("start_session")
    app.phone.says("text", text="dodaj ser", ref="r1")
    await seconds_pass(0.2)
    await says(app, heard("x"), calls(call("c1", "mleko")), usage(500, 10), TURN_COMPLETE)
    await seconds_pass(5)
    assert [link.texts for link in shop.gemini.links] == [[], ["dodaj ser"]]
    assert app.held.supervisor.outcome()["estimated_tokens"] == 0
