"""Whatever happens in whatever order, a session keeps the invariants that its module states."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors.commands import (
    AskAboutSpeech,
    CloseClient,
    CloseLink,
    Command,
    ForgetSpeech,
    Inform,
    OpenLink,
    RewindSpeech,
    Tell,
)
from actors.gate import Gate
from actors.policy import SessionPolicy
from actors.ports import LinkRequest
from actors.restart import RestartPolicy, Restarts
from actors.session import Session
from schemas.gemini import (
    GeminiMessage,
    GoAway,
    ModelTurn,
    ServerContent,
    SessionResumptionUpdate,
    ToolCall,
    ToolCallCancellation,
    ToolResponse,
    Transcription,
    UsageMetadata,
)
from schemas.messages import (
    ClientErred,
    ClientLeft,
    ClientStalled,
    ClosedBy,
    DeadlinePassed,
    Draining,
    EndedByAdmin,
    Event,
    GeminiSaid,
    LinkEnded,
    LinkOpened,
    PingReceived,
    Replaced,
    SpeechAnswered,
    SpeechArrived,
    SpeechLost,
    SpeechReport,
    SpeechRewound,
    StartRequested,
    StopRequested,
)
from schemas.server import Status
from schemas.shopping_list import ListEvent
from tests.support.gemini_says import call

POLICY = SessionPolicy(violations=5, restart=RestartPolicy(intensity=5), connection_age_s=200.0)
LEFT_FROM_S = 180.0
"""From when a connection so old is left at a quiet moment."""

_contents = st.builds(
    ServerContent,
    model_turn=st.none() | st.just(ModelTurn()),
    input_transcription=st.none() | st.just(Transcription("mleko ")),
    output_transcription=st.none() | st.just(Transcription("dobrze ")),
    generation_complete=st.booleans(),
    turn_complete=st.booleans(),
    interrupted=st.booleans(),
)
_calls = st.lists(
    st.builds(call, st.sampled_from(["a", "b", "c", "d"]), st.sampled_from(["mleko", ""])),
    max_size=3,
).map(lambda each: ToolCall(tuple(each)))
_messages = st.builds(
    GeminiMessage,
    server_content=st.none() | _contents,
    tool_call=st.none() | _calls,
    session_resumption_update=st.none()
    | st.builds(SessionResumptionUpdate, st.sampled_from(["", "h1", "h2"]), st.booleans()),
    go_away=st.none() | st.sampled_from([GoAway("10s"), GoAway("0s")]),
    tool_call_cancellation=st.none()
    | st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=2).map(
        lambda ids: ToolCallCancellation(tuple(ids))
    ),
    usage_metadata=st.none() | st.just(UsageMetadata(prompt_token_count=1)),
)
_which = st.sampled_from([0, 0, 0, 0, -1, 1])
"""Mostly the newest link; at times one that was closed, or one that never was."""


class AnyOrder(RuleBasedStateMachine):
    """Events in any order; `took` checks what holds for the commands of each."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(
            session_id="s1", policy=POLICY, restarts=Restarts(POLICY.restart, lambda: 1.0)
        )
        self.now = 0.0
        self.steps = 0
        self.newest = 0
        self.outstanding = False
        self.wanted = False
        self.wanted_next = False
        self.asked = False
        self.first = True
        self.opened = False
        self.answered: set[str] = set()
        self.cancelled: set[str] = set()
        self.handles: set[str | None] = {None}
        self.rewound: bool | None = None
        self.ended = False
        self.announced: set[str] = set()
        self.statuses: list[str] = []

    # What may happen.

    @rule(seconds=st.floats(0, 20))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        deadline = self.session.deadline
        if deadline is not None and self.now >= deadline:
            self.took(DeadlinePassed())
            assert self.session.deadline is None or self.session.deadline > self.now

    @rule(language=st.sampled_from([None, "pl-PL", "en-US"]))
    def the_phone_starts(self, language: str | None) -> None:
        if self.session.state_name == "draining":
            self.wanted_next = True
        else:
            self.wanted = self.asked = True
        self.took(StartRequested(language))

    @rule()
    def somebody_speaks(self) -> None:
        if self.session.gate is Gate.KNOCK:
            self.wanted = True
        self.took(SpeechArrived())

    @rule()
    def the_phone_stops(self) -> None:
        self.wanted_next, self.asked = False, True
        self.took(StopRequested())

    @rule(event=st.sampled_from([PingReceived(), SpeechLost(ms=10), ClientErred("type", "x")]))
    def the_phone_does_something_else(self, event: Event) -> None:
        self.took(event)

    @rule(which=_which)
    def a_link_opens(self, which: int) -> None:
        self.opened = self.opened or (which == 0 and self.outstanding)
        self.took(LinkOpened(link=self.newest + which))

    @rule(which=_which, message=_messages)
    def gemini_speaks(self, which: int, message: GeminiMessage) -> None:
        link = self.newest + which
        heeded = which == 0 and self.outstanding and not self.ended
        update = message.session_resumption_update
        if heeded and self.opened and update is not None and update.resumable and update.new_handle:
            self.handles.add(update.new_handle)
        if heeded and message.tool_call_cancellation is not None:
            self.cancelled.update(message.tool_call_cancellation.ids)
        settled = self.answered | self.cancelled
        commands = self.took(GeminiSaid(link=link, message=message))
        answers = [
            answer.id
            for command in commands
            if isinstance(command, Inform) and isinstance(command.notice, ToolResponse)
            for answer in command.notice.function_responses
        ]
        asked = [] if message.tool_call is None else message.tool_call.function_calls
        new = dict.fromkeys(each.id for each in asked if each.id not in settled)
        assert answers == ([*new] if heeded else [])
        self.answered |= set(new) if self.newest == link else set()

    @rule(
        which=_which,
        code=st.sampled_from([1000, 1006, 1007, 1008, 1011, 403, 503]),
        reason=st.sampled_from(["", "quota"]),
        closed_by=st.sampled_from(["peer", "us", "nobody"]),
    )
    def a_link_ends(self, which: int, code: int, reason: str, closed_by: ClosedBy) -> None:
        if which == 0:
            if self.outstanding and closed_by == "peer" and code == 1007:
                self.handles = {None}
            self.outstanding = False
        self.took(
            LinkEnded(link=self.newest + which, code=code, reason=reason, closed_by=closed_by)
        )

    @rule(
        unheard=st.booleans(),
        unsent_ms=st.sampled_from([0, 300]),
        waits=st.none() | st.floats(0, 200),
        sent_ago=st.none() | st.floats(0, 1),
    )
    def the_uplink_reports(
        self,
        unheard: bool,  # noqa: FBT001 - hypothesis passes it by name
        unsent_ms: int,
        waits: float | None,
        sent_ago: float | None,
    ) -> None:
        report = SpeechReport(
            unheard=unheard,
            unsent_ms=unsent_ms,
            unanswered_since=None if waits is None else self.now - waits,
            last_sent_at=None if sent_ago is None else self.now - sent_ago,
        )
        self.took(report)

    @rule(since=st.none() | st.floats(0, 1_000), utterances=st.integers(1, 4))
    def something_said_is_said_again(self, since: float | None, utterances: int) -> None:
        assert self.took(SpeechRewound(since, utterances)) == []

    @rule(after_s=st.floats(0, 10))
    def something_said_was_answered(self, after_s: float) -> None:
        assert self.took(SpeechAnswered(after_s=after_s)) == []

    @rule()
    def a_wakening_comes_too_early_or_unasked(self) -> None:
        deadline = self.session.deadline
        if deadline is None or self.now < deadline:
            assert self.took(DeadlinePassed()) == []

    @precondition(lambda self: self.steps > 10)
    @rule(
        event=st.sampled_from(
            [ClientLeft(1001), ClientStalled(), Replaced(), EndedByAdmin(), Draining(), Draining()]
        )
    )
    def the_end_comes_near(self, event: Event) -> None:
        self.took(event)

    # What holds.

    def took(self, event: Event) -> list[Command]:
        self.steps += 1
        commands = self.session.handle(event, now=self.now, unix=1_700_000_000 + self.now)
        if self.ended:
            assert commands == []
        for command in commands:
            assert not any(isinstance(each, CloseClient) for each in commands[:-1])
            self.obey(command)
        if any(isinstance(command, AskAboutSpeech | ForgetSpeech) for command in commands):
            self.rewound = None
        assert self.rewound is None, "speech was rewound for no link, and not told as lost"
        self.ended = self.session.closed
        self.asked = False
        return commands

    def obey(self, command: Command) -> None:
        match command:
            case RewindSpeech(resuming):
                self.rewound = resuming
            case OpenLink(link, request, delay_s=delay_s):
                assert link == self.newest + 1
                assert self.wanted, "nobody asked for a link"
                assert not self.outstanding, "two links at once"
                assert delay_s >= 0
                assert request.handle in self.handles
                assert request.handle is None or not request.shopping_list
                assert self.first == (self.rewound is None)
                assert self.rewound in {None, request.handle is not None}
                self.rewound, self.first = None, False
                self.newest, self.outstanding, self.opened = link, True, False
                self.answered.clear()
            case CloseLink():
                self.outstanding = False
            case Tell(ListEvent(seq, key)):
                assert seq == len(self.announced) + 1
                assert key not in self.announced
                self.announced.add(key)
            case Tell(Status(status)):
                assert self.asked or self.statuses[-1:] != [status]
                self.statuses.append(status)
                if status == "connecting":
                    self.first, self.handles = self.first or not self.outstanding, {None}
                if status == "stopped":
                    self.wanted, self.wanted_next = self.wanted_next, False
            case _:
                pass

    @invariant()
    def the_state_admins_see_fits_the_rest(self) -> None:
        session = self.session
        assert (session.state_name == "closed") == session.closed
        if session.closed:
            assert (session.deadline, session.gate) == (None, Gate.SHUT)
            assert not self.outstanding
        if session.state_name == "draining":
            assert session.deadline is not None
        if session.state_name in {"connecting", "listening", "reconnecting"}:
            assert session.deadline is not None
        if session.state_name in {"idle", "stopped"}:
            assert not self.outstanding
            assert session.deadline == LEFT_FROM_S

    @invariant()
    def every_link_but_the_newest_is_closed(self) -> None:
        running = {"connecting", "listening", "reconnecting"}
        draining = self.session.state_name == "draining"
        assert draining or self.outstanding == (self.session.state_name in running)

    @invariant()
    def the_phone_hears_of_draining_last(self) -> None:
        if "draining" in self.statuses:
            assert self.statuses[-1] == "draining"


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)


def test_the_checks_see_a_call_that_comes_twice() -> None:
    machine = AnyOrder()
    machine.the_phone_starts(None)
    machine.a_link_opens(0)
    for go_away in (None, GoAway("1s")):
        machine.gemini_speaks(0, GeminiMessage(tool_call=ToolCall((call("a"),)), go_away=go_away))
    assert len(machine.announced) == 1
    with pytest.raises(AssertionError):
        machine.obey(OpenLink(link=7, request=LinkRequest(language="pl-PL")))
