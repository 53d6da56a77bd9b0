"""Phones and links cut at each step of a product's way: nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.hearing_gemini import Hearing, HearingConnector, sentence
from tests.support.moments import a_moment, seconds_pass
from tests.support.shop import App, Shop, open_shop
from tests.support.sounds import chunks, silence
from tests.support.virtual_clock import VirtualClockLoop

Way = Literal["spoken", "typed"]
Cut = Literal["phone", "link"]
Step = Literal["before it is stored", "stored", "answered", "sent"]


async def say(app: App, way: Way, voice: int) -> None:
    if way == "typed":
        app.phone.says("text", text=f"produkt{voice}", ref=f"r{voice}")
        await seconds_pass(2)
        return
    for chunk in chunks(sentence(voice) + silence(1_000)):
        app.phone.speaks(chunk)
        await seconds_pass(0.1)


def cut(app: App, shop: Shop, what: Cut) -> None:
    if what == "phone":
        app.phone.leaves(1006)
    else:
        shop.gemini.newest.breaks()


@pytest.mark.parametrize("way", ["spoken", "typed"])
@pytest.mark.parametrize("what", ["phone", "link"])
@pytest.mark.parametrize("step", ["before it is stored", "stored", "answered", "sent"])
@pytest.mark.parametrize("back_after_s", [0.0, 1.0, 60.0])
@pytest.mark.parametrize("storing_takes_s", [0.0, 0.05])
async def test_a_cut_at_each_step_of_a_products_way_loses_and_doubles_nothing(
    way: Way, what: Cut, step: Step, back_after_s: float, storing_takes_s: float
) -> None:
    async with asyncio.TaskGroup() as group, open_shop(HearingConnector(Hearing(), group)) as shop:
        app = App(shop)
        await app.start()
        await say(app, way, 1)
        store = shop.store
        store.takes_s = storing_takes_s
        done = asyncio.Event()

        def cut_now() -> None:
            cut(app, shop, what)
            done.set()

        if step == "before it is stored":
            store.before = cut_now
        elif step == "stored":
            store.after = cut_now
        elif step == "answered":
            app.phone.takes_nothing()
        else:
            app.look()
            app.acknowledges = False
        await say(app, way, 2)
        if step == "answered":
            assert [answer.name for answer in shop.gemini.newest.answers][-1:]
        if not done.is_set():
            cut_now()
        app.acknowledges = True
        if step != "answered":
            app.look()
        app.phone.leaves(1006)
        await seconds_pass(back_after_s)
        await app.start()
        await say(app, way, 3)
        await seconds_pass(20)
        assert app.list == {"produkt1": 1, "produkt2": 1, "produkt3": 1}
        assert len(app.events) == 3
        assert [session["resumed"] for session in app.sessions] == [False, True]
        assert app.sessions[-1]["session_id"] == app.sessions[0]["session_id"]


async def shopping_with_cuts(
    ways: list[Way], phone_cuts: list[float], link_cuts: list[float], away_s: float
) -> App:
    """Say a sentence each three seconds while phone and links are cut at those seconds."""
    async with asyncio.TaskGroup() as group:
        gemini = HearingConnector(Hearing(turn_s=0.4), group)
        gemini.opening_takes_s = 0.2
        async with open_shop(gemini) as shop:
            app = App(shop)
            await app.start()
            typed: dict[str, str] = {}
            unsent: list[bytes] = []
            for index, chunk in enumerate(spoken(ways)):
                at = index / 10
                if any(at <= second < at + 0.1 for second in link_cuts):
                    lose_link(gemini)
                if any(at <= second < at + 0.1 for second in phone_cuts):
                    await cut_and_return(app, away_s, typed)
                unsent.append(chunk)
                app.look()
                for late in unsent:
                    app.phone.speaks(late)
                unsent.clear()
                if index % 30 == 0 and ways[index // 30 : index // 30 + 1] == ["typed"]:
                    voice = index // 30 + 1
                    typed[f"r{voice}"] = f"produkt{voice}"
                    app.phone.says("text", text=f"produkt{voice}", ref=f"r{voice}")
                await seconds_pass(0.1)
            await seconds_pass(60)
            await a_moment()
            app.look()
            return app


def lose_link(gemini: HearingConnector) -> None:
    if gemini.open_links:
        gemini.newest.breaks()


async def cut_and_return(app: App, away_s: float, typed: dict[str, str]) -> None:
    app.look()
    app.phone.leaves(1006)
    await seconds_pass(away_s)
    await app.start()
    await a_moment()
    app.look()
    for ref, text in typed.items():
        if ref not in app.sessions[-1]["received"]:
            app.phone.says("text", text=text, ref=ref)


def spoken(ways: list[Way]) -> list[bytes]:
    sound = b"".join(
        (silence(1_000) if way == "typed" else sentence(voice)) + silence(2_000)
        for voice, way in enumerate(ways, start=1)
    )
    return chunks(sound + silence(10_000))


@settings(max_examples=40, deadline=None)
@example(ways=["spoken", "spoken"], phone_cuts=[3.125], link_cuts=[], away_s=0.0)
@example(ways=["typed"], phone_cuts=[0.5], link_cuts=[0.5], away_s=0.0)
@example(ways=["spoken"], phone_cuts=[0.15], link_cuts=[], away_s=0.0)
@given(
    ways=st.lists(st.sampled_from(["spoken", "typed"]), min_size=1, max_size=5),
    phone_cuts=st.lists(st.floats(0, 20), max_size=5),
    link_cuts=st.lists(st.floats(0, 20), max_size=3),
    away_s=st.sampled_from([0.0, 0.05, 1.0]),
)
def test_phones_and_links_cut_at_any_moment_lose_and_double_nothing(
    ways: list[Way], phone_cuts: list[float], link_cuts: list[float], away_s: float
) -> None:
    loop = VirtualClockLoop()
    try:
        app = loop.run_until_complete(shopping_with_cuts(ways, phone_cuts, link_cuts, away_s))
    finally:
        loop.close()
    assert app.list == {f"produkt{voice}": 1 for voice in range(1, len(ways) + 1)}
    assert len(app.events) == len(ways)
