"""What becomes of a session at its limits: of rates, of time, and of what it may spend."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from actors.allowance import Rates
from actors.budget import Price
from actors.caps import Budgets, Cap, Caps
from actors.dialects import V2
from actors.policy import SessionPolicy
from schemas.bill import Bill
from schemas.close_codes import CloseCode
from schemas.gemini import FunctionCall, GeminiMessage, ServerContent, UsageMetadata
from schemas.messages import Replaced, SpendingTold
from schemas.stored import unpack
from tests.support.gemini_says import TURN_COMPLETE, calls, heard
from tests.support.live_session import LiveSession, live_session
from tests.support.moments import a_moment, seconds_pass
from tests.support.sounds import speech

CAPS = Caps(tokens=Cap(80, 100))
PRICE = Price({"text": 1_000}, {"text": 2_000})


class Till:
    """Satisfies `actors.ports.Spending`; the test answers."""

    def __init__(self) -> None:
        self.spent: list[tuple[str, Bill, int]] = []
        self.answers: list[SpendingTold] = []
        self.tells: list[Callable[[SpendingTold], None]] = []

    def spend(
        self, user_id: str, bill: Bill, audio_ms: int, tell: Callable[[SpendingTold], None], /
    ) -> None:
        """Remember it, and tell what the test wants to be told."""
        self.spent.append((user_id, bill, audio_ms))
        self.tells.append(tell)
        if self.answers:
            tell(self.answers.pop(0))


def turn(tokens: int) -> GeminiMessage:
    return GeminiMessage(
        server_content=ServerContent(turn_complete=True),
        usage_metadata=UsageMetadata(
            prompt_token_count=tokens - 1, response_token_count=1, total_token_count=tokens
        ),
    )


def codes(session: LiveSession) -> list[object]:
    return [error.get("code") for error in session.phone.told("error")]


async def test_a_phone_that_sends_too_much_is_told_and_closed_and_may_resume() -> None:
    policy = SessionPolicy(rates=Rates(messages=3, burst_s=1))
    async with live_session(policy, dialect=V2) as session:
        await session.start()
        for _ in range(3):
            session.phone.says("ping")
        await session.ended()
        assert session.phone.errors == ["frame: too many messages in too short a time"]
        assert codes(session) == ["too_fast"]
        assert session.phone.closed == (CloseCode.TOO_FAST, "too many messages")
        assert session.refusals == ["too_fast"]
        assert [record.parked for record in session.store.records.values()] == [True]


async def test_a_phone_that_only_pings_is_idle_and_may_resume() -> None:
    async with live_session(SessionPolicy(idle_s=60), dialect=V2) as session:
        await session.start()
        for _ in range(5):
            await seconds_pass(14)
            session.phone.says("ping")
        await session.ended()
        assert session.phone.closed == (CloseCode.IDLE, "nothing was said for too long")
        assert session.phone.closings[0].at == pytest.approx(60, abs=0.1)
        assert session.refusals == ["idle"]
        assert [record.parked for record in session.store.records.values()] == [True]


async def test_who_speaks_or_asks_is_not_idle() -> None:
    async with live_session(SessionPolicy(idle_s=60, silence_s=900), dialect=V2) as session:
        link = await session.start()
        await seconds_pass(50)
        session.phone.sends(speech(100))
        link.says(heard("mleko"), TURN_COMPLETE)
        await seconds_pass(50)
        session.phone.says("undo")
        await seconds_pass(50)
        assert session.phone.closed is None


async def test_a_session_that_is_too_old_ends_and_leaves_nothing() -> None:
    async with live_session(SessionPolicy(age_s=100), dialect=V2) as session:
        await session.start()
        await seconds_pass(99)
        session.phone.says("undo")
        await session.ended()
        assert session.phone.closed == (CloseCode.TOO_OLD, "the session is too old")
        assert session.store.records == {}


async def test_a_session_is_as_old_as_its_first_connection() -> None:
    policy = SessionPolicy(age_s=100)
    async with live_session(policy, dialect=V2) as first:
        await first.start()
        token = first.phone.told("session")[0]["resume_token"]
        await seconds_pass(60)
    async with live_session(policy, dialect=V2, store=first.store) as second:
        await second.start(resume={"token": token})
        assert second.phone.told("session")[0]["resumed"] is True
        await second.ended()
        assert second.phone.closings[0].code == CloseCode.TOO_OLD
        assert second.phone.closings[0].at == pytest.approx(100, abs=3)


async def test_a_session_is_warned_of_its_budget_and_ends_when_that_is_spent() -> None:
    policy = SessionPolicy(budgets=Budgets(session=CAPS))
    till = Till()
    async with live_session(policy, dialect=V2, spending=till) as session:
        link = await session.start()
        link.says(turn(50))
        await a_moment()
        assert codes(session) == []
        link.says(turn(35))
        await a_moment()
        assert codes(session) == ["budget_low"]
        link.says(turn(10))
        await a_moment()
        assert codes(session) == ["budget_low"]
        link.says(turn(40))
        await session.ended()
        assert codes(session) == ["budget_low", "budget_spent"]
        assert session.phone.closed == (CloseCode.SPENT, "what this session may use is used up")
        assert session.refusals == ["budget"]
        assert [bill.tokens for _, bill, _ in till.spent] == [50, 35, 10, 40]
        assert session.observer.noted("budget_spent") == [
            {"scope": "session", "tokens": 135, "nanos": 0, "cap_tokens": 100, "cap_nanos": None}
        ]
        assert [record.parked for record in session.store.records.values()] == [True]
    token = session.phone.told("session")[0]["resume_token"]
    async with live_session(policy, dialect=V2, store=session.store) as again:
        again.phone.says("start_session", resume={"token": token})
        await again.ended()
        assert again.phone.told("session")[0]["resumed"] is True
        assert again.phone.closings[0].code == CloseCode.SPENT
        assert again.gemini.links == []


@pytest.mark.parametrize(
    ("budgets", "told", "reason"),
    [
        (Budgets(user=CAPS), SpendingTold(Bill(100), Bill(100)), "this user may use today"),
        (Budgets(day=CAPS), SpendingTold(None, Bill(100)), "all users together may use today"),
    ],
)
async def test_what_others_have_spent_ends_a_session_before_it_costs_anything(
    budgets: Budgets, told: SpendingTold, reason: str
) -> None:
    till = Till()
    till.answers.append(told)
    async with live_session(SessionPolicy(budgets=budgets), spending=till) as session:
        session.phone.says("start_session")
        await session.ended()
        assert session.phone.closed == (CloseCode.SPENT, f"what {reason} is used up")
        assert session.phone.errors == [f"budget: what {reason} is used up"]


async def test_what_others_have_spent_is_warned_of_once() -> None:
    till = Till()
    till.answers += [SpendingTold(Bill(85), Bill(0))] * 3
    policy = SessionPolicy(budgets=Budgets(user=CAPS))
    async with live_session(policy, spending=till) as session:
        link = await session.start()
        link.says(turn(1), turn(1))
        await a_moment()
        assert session.phone.errors == ["budget: what this user may use today is nearly used up"]


async def test_a_session_that_does_not_run_is_not_ended_by_what_others_spend() -> None:
    policy = SessionPolicy(budgets=Budgets(day=CAPS))
    async with live_session(policy) as session:
        session.supervisor.tell(SpendingTold(None, Bill(100)))
        await a_moment()
        assert session.phone.closed is None


async def test_a_session_that_is_over_is_told_nothing_more_of_what_is_spent() -> None:
    till = Till()
    async with live_session(dialect=V2, spending=till, price=PRICE) as session:
        link = await session.start()
        link.says(turn(10))
        await a_moment()
        session.phone.leaves()
        await session.ended()
        waiting = session.supervisor.detail().inbox.depth
        till.tells[-1](SpendingTold(Bill(10), Bill(10)))
        assert session.supervisor.detail().inbox.depth == waiting


async def test_speech_and_money_are_counted_with_each_turn_and_the_rest_at_the_end() -> None:
    till = Till()
    async with live_session(dialect=V2, spending=till, price=PRICE) as session:
        link = await session.start()
        session.phone.sends(speech(300))
        await a_moment()
        link.says(turn(10))
        await a_moment()
        assert till.spent == [("ala", Bill(10, 9 * 1_000 + 2_000), 300)]
        assert session.supervisor.detail().cost == pytest.approx(0.000011)
        session.phone.sends(speech(200))
        link.says(GeminiMessage(usage_metadata=UsageMetadata(prompt_token_count=12)))
        await a_moment()
        assert [bill.tokens for _, bill, _ in till.spent] == [10, 2]
        link.says(heard("mleko"))
        link.says(GeminiMessage(usage_metadata=UsageMetadata(prompt_token_count=7)))
    assert sum(bill.tokens for _, bill, _ in till.spent) == 19
    assert sum(ms for _, _, ms in till.spent) == 500


async def test_bad_frames_are_counted_by_their_code() -> None:
    async with live_session(dialect=V2) as session:
        session.phone.sends("[")
        session.phone.sends("[" * 99)
        await a_moment()
        assert session.refusals == ["malformed", "too_deep"]


def cut(estimated: int) -> GeminiMessage:
    """Return a call that takes `estimated` tokens by our count, with no figures."""
    return calls(FunctionCall(name="x" * (4 * estimated - 2), id="c1"))


async def test_a_turn_that_a_phone_cuts_off_is_estimated() -> None:
    till = Till()
    policy = SessionPolicy(rates=Rates(messages=3, burst_s=1))
    async with live_session(policy, dialect=V2, spending=till, price=PRICE) as session:
        link = await session.start()
        link.says(turn(50))
        await a_moment()
        link.says(cut(10))
        await a_moment()
        for _ in range(3):
            session.phone.says("ping")
        await session.ended()
        assert session.phone.closed == (CloseCode.TOO_FAST, "too many messages")
        assert [bill for _, bill, _ in till.spent] == [
            Bill(50, 49 * 1_000 + 2_000),
            Bill(60, 50 * 1_000 + 10 * 2_000),
        ]
        outcome = session.supervisor.outcome()
        assert (outcome["turns"], outcome["estimated_tokens"]) == (1, 60)
        assert outcome["cost"] == pytest.approx(0.000121)
        key = ("tokens", "estimated", "unattributed")
        assert session.tally.counts[key] == 50
    token = session.phone.told("session")[0]["resume_token"]
    async with live_session(dialect=V2, store=session.store, spending=till) as again:
        link = await again.start(resume={"token": token})
        link.says(cut(5))
        await a_moment()
        again.supervisor.tell(Replaced())
        await again.ended()
        (stored,) = [unpack(record.session) for record in again.store.records.values()]
        assert stored.usage.estimated.total > 60


async def test_turns_that_gemini_cuts_off_end_a_session_too() -> None:
    till = Till()
    policy = SessionPolicy(budgets=Budgets(session=Caps(tokens=Cap(None, 2_500))))
    async with live_session(policy, dialect=V2, spending=till) as session:
        for _ in range(3):
            link = await session.start() if not till.spent else session.gemini.newest
            link.says(cut(10))
            await a_moment()
            link.breaks()
            await seconds_pass(2)
        await session.ended()
        assert session.phone.closed == (CloseCode.SPENT, "what this session may use is used up")
        assert len(session.gemini.links) == len(till.spent)
        assert [record.parked for record in session.store.records.values()] == [True]


async def test_a_turn_that_a_stop_cuts_off_is_estimated() -> None:
    till = Till()
    async with live_session(spending=till) as session:
        link = await session.start()
        link.says(cut(10))
        session.phone.says("stop_session")
        await seconds_pass(20)
        ((_, bill, _),) = till.spent
        assert bill.tokens > 500
    assert len(till.spent) == 1


async def test_a_sentence_that_a_stop_cuts_off_is_estimated() -> None:
    till = Till()
    async with live_session(dialect=V2, spending=till) as session:
        await session.start()
        session.phone.says("text", text="dodaj mleko")
        session.phone.says("stop_session")
        await seconds_pass(SessionPolicy().stop_limit_s + 1)
        assert session.phone.told("status")[-1]["status"] == "stopped"
        ((_, bill, _),) = till.spent
        assert bill.tokens > 500


@pytest.mark.parametrize("linked", [True, False])
async def test_a_sentence_that_was_sent_is_estimated_though_its_phone_waits_for_nothing(
    *, linked: bool
) -> None:
    till = Till()
    async with live_session(dialect=V2, spending=till) as session:
        session.gemini.opening_takes_s = 0.0 if linked else 5.0
        session.phone.says("start_session")
        await a_moment()
        session.phone.says("text", text="dodaj mleko")
        await a_moment()
        session.supervisor.tell(Replaced())
        await session.ended()
        assert len(till.spent) == linked
