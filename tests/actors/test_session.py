"""Tests for `actors.session`: decisions that whole sessions seldom come to."""

from __future__ import annotations

import pytest

from actors.commands import (
    AskAboutSpeech,
    CloseClient,
    CloseLink,
    Command,
    EndAudio,
    ForgetSpeech,
    Note,
    OpenLink,
    RewindSpeech,
    Tell,
    TellLoss,
)
from actors.endings import Why
from actors.gate import Gate
from actors.policy import SessionPolicy
from actors.ports import LinkRequest
from actors.restart import RestartPolicy, Restarts
from actors.session import Session
from actors.stopping import EXHAUSTED_TEXT
from schemas.close_codes import CloseCode
from schemas.messages import (
    ClosedBy,
    DeadlinePassed,
    Draining,
    EndedByAdmin,
    Event,
    GeminiSaid,
    LinkEnded,
    LinkOpened,
    SpeechArrived,
    SpeechReport,
    StartRequested,
    StopRequested,
)
from schemas.server import AudioGap, Error, Status
from tests.support.gemini_says import GO_AWAY, TURN_COMPLETE, call, calls, handle

LEFT_FOR_RESTART = CloseClient(CloseCode.SERVICE_RESTART, "this server restarts")


class Driver:
    """A session and the time."""

    def __init__(self, policy: SessionPolicy | None = None) -> None:
        policy = policy or SessionPolicy()
        self.session = Session(
            session_id="s1", policy=policy, restarts=Restarts(policy.restart, lambda: 1.0)
        )
        self.now = 0.0

    def after(self, *events: Event) -> list[Command]:
        """Feed events; return the commands of the last one."""
        commands: list[Command] = []
        for event in events:
            commands = self.session.handle(event, now=self.now, unix=1_700_000_000)
        return commands


def listening(policy: SessionPolicy | None = None) -> Driver:
    driver = Driver(policy)
    driver.after(StartRequested(None), LinkOpened(link=1))
    return driver


def lost(
    link: int, code: int = 1006, reason: str = "", *, closed_by: ClosedBy = "nobody"
) -> LinkEnded:
    return LinkEnded(link=link, code=code, reason=reason, closed_by=closed_by)


def said(commands: list[Command]) -> list[str]:
    """Return the statuses, the errors and the lost speech that are told."""
    lines: list[str] = []
    for command in commands:
        match command:
            case Tell(Status(status)):
                lines.append(status)
            case Tell(Error(message)):
                lines.append(message)
            case Tell(AudioGap(ms, reason)):
                lines.append(f"{ms} ms: {reason}")
            case _:
                pass
    return lines


def kinds(commands: list[Command]) -> list[type[Command]]:
    return [type(command) for command in commands if not isinstance(command, Tell | Note)]


def test_a_second_start_is_answered_with_how_things_stand() -> None:
    driver = Driver()
    driver.after(StartRequested(None))
    assert said(driver.after(StartRequested(None))) == ["connecting"]
    driver.after(LinkOpened(link=1))
    assert said(driver.after(StartRequested("pl-PL"))) == ["listening"]
    driver.after(lost(1))
    assert said(driver.after(StartRequested(None))) == ["reconnecting"]
    assert driver.session.links_opened == 1


def test_the_language_cannot_change_while_the_session_runs() -> None:
    driver = listening()
    assert said(driver.after(StartRequested("en-US"))) == [
        "language: the session runs in pl-PL; stop it first"
    ]
    assert driver.session.language == "pl-PL"


def test_many_chunks_before_the_first_is_dealt_with_are_one_start() -> None:
    driver = Driver()
    assert said(driver.after(SpeechArrived())) == ["connecting"]
    assert driver.after(SpeechArrived()) == []


def test_stopping_what_never_started_says_stopped_each_time() -> None:
    driver = Driver()
    for _ in range(2):
        commands = driver.after(StopRequested())
        assert (said(commands), kinds(commands)) == (["stopped"], [])


def test_a_second_stop_changes_nothing() -> None:
    driver = listening()
    assert driver.after(StopRequested()) == [EndAudio()]
    deadline = driver.session.deadline
    driver.now = 1
    assert driver.after(StopRequested()) == []
    assert driver.session.deadline == deadline


def test_a_stop_that_is_overtaken_by_a_drain_ends_with_the_socket_closed() -> None:
    driver = listening()
    driver.after(StopRequested())
    assert said(driver.after(Draining())) == ["draining"]
    driver.after(SpeechReport(unheard=False))
    driver.now = 1
    assert driver.after(DeadlinePassed())[-1] == LEFT_FOR_RESTART


def test_a_drain_is_not_undone_by_the_phone() -> None:
    driver = listening()
    assert said(driver.after(Draining())) == ["draining"]
    for event in (StartRequested(None), SpeechArrived()):
        assert driver.after(event) == []
    gates = [driver.session.gate]
    assert driver.session.state_name == "draining"
    assert driver.after(StopRequested()) == [EndAudio()]
    assert driver.after(Draining()) == []
    assert [*gates, driver.session.gate] == [Gate.OPEN, Gate.SHUT]
    assert driver.session.state_name == "draining"


def test_a_link_that_opens_or_is_lost_while_draining_is_not_told() -> None:
    driver = Driver()
    driver.after(StartRequested(None), Draining())
    assert said(driver.after(LinkOpened(link=1))) == []
    commands = driver.after(lost(1))
    assert said(commands) == []
    assert kinds(commands) == [RewindSpeech, OpenLink]


def test_a_refusal_while_draining_closes_for_the_restart() -> None:
    driver = Driver()
    driver.after(StartRequested(None), Draining())
    commands = driver.after(lost(1, 403, closed_by="peer"))
    assert said(commands) == [Why.ACCESS.value]
    assert commands[-1] == LEFT_FOR_RESTART


def test_a_refusal_forgets_all_speech_and_shuts_the_gate() -> None:
    driver = Driver()
    driver.after(StartRequested(None))
    commands = driver.after(lost(1, 1007, "bad setup", closed_by="peer"))
    assert said(commands) == [Why.SETUP.value, "stopped"]
    assert ForgetSpeech(later_too=True, lost=True) in commands
    assert driver.session.gate is Gate.SHUT
    assert driver.after(SpeechArrived()) == []


def test_a_stop_after_a_refusal_lets_speech_start_the_session_again() -> None:
    driver = Driver()
    driver.after(StartRequested(None), lost(1, 403, closed_by="peer"))
    assert said(driver.after(StopRequested())) == ["stopped"]
    assert driver.session.gate is Gate.KNOCK
    assert said(driver.after(SpeechArrived())) == ["connecting"]


def test_a_quota_spent_in_the_middle_of_a_session_is_a_refusal() -> None:
    commands = listening().after(lost(1, 1011, "RESOURCE_EXHAUSTED: quota", closed_by="peer"))
    assert said(commands) == [Why.QUOTA.value, "stopped"]
    assert OpenLink not in kinds(commands)


def test_a_lost_link_is_replaced_at_once_and_then_after_growing_delays() -> None:
    driver = listening(SessionPolicy(restart=RestartPolicy(base_s=0.5)))
    driver.after(GeminiSaid(link=1, message=handle("h1")))
    delays = []
    for link in (1, 2, 3, 4):
        (opened,) = [each for each in driver.after(lost(link)) if isinstance(each, OpenLink)]
        assert opened.request == LinkRequest(language="pl-PL", handle="h1")
        delays.append(opened.delay_s)
    assert delays == [0, 0.5, 1.0, 2.0]


def test_when_the_budget_is_spent_the_phone_is_told_once_and_closed() -> None:
    driver = listening(SessionPolicy(restart=RestartPolicy(intensity=1)))
    driver.after(lost(1))
    assert kinds(driver.after(lost(2))) == [CloseLink, RewindSpeech, TellLoss, AskAboutSpeech]
    commands = driver.after(lost(2), SpeechReport(unheard=True, unsent_ms=700))
    assert said(commands) == ["700 ms: not_heard", EXHAUSTED_TEXT]
    assert commands[-1] == CloseClient(CloseCode.TRY_AGAIN_LATER, "Gemini unreachable")
    assert driver.session.closed


def test_a_go_away_at_an_idle_moment_moves_on_at_once() -> None:
    driver = listening()
    driver.now = 600
    commands = driver.after(GeminiSaid(link=1, message=GO_AWAY))
    assert said(commands) == []
    assert kinds(commands) == [CloseLink, RewindSpeech, OpenLink]


def test_a_go_away_in_a_turn_waits_for_its_end() -> None:
    driver = listening()
    driver.after(GeminiSaid(link=1, message=calls(call("c1"))))
    assert kinds(driver.after(GeminiSaid(link=1, message=GO_AWAY))) == []
    assert AskAboutSpeech in kinds(driver.after(GeminiSaid(link=1, message=TURN_COMPLETE)))
    driver.after(GeminiSaid(link=1, message=handle("h1")))
    assert OpenLink in kinds(driver.after(SpeechReport(unheard=False)))


def test_a_session_that_is_ending_does_not_move_to_another_link() -> None:
    driver = listening()
    driver.now = 600
    driver.after(StopRequested())
    assert kinds(driver.after(GeminiSaid(link=1, message=GO_AWAY))) == [AskAboutSpeech]


def test_a_rotation_that_fails_is_told() -> None:
    driver = listening()
    driver.now = 600
    driver.after(GeminiSaid(link=1, message=GO_AWAY))
    assert said(driver.after(lost(2))) == ["reconnecting"]
    assert said(driver.after(LinkOpened(link=3))) == ["listening"]


@pytest.mark.parametrize("unheard", [True, False])
def test_the_end_of_audio_means_nothing_unless_the_session_is_ending(unheard: bool) -> None:  # noqa: FBT001 - a case
    driver = listening()
    deadline = driver.session.deadline
    assert driver.after(SpeechReport(unheard=unheard)) == []
    assert driver.session.deadline == deadline


def test_an_open_turn_is_waited_for_even_if_nothing_sounds_like_speech() -> None:
    driver = listening()
    driver.after(StopRequested(), GeminiSaid(link=1, message=calls(call("c1"))))
    driver.after(SpeechReport(unheard=False))
    assert driver.session.deadline == SessionPolicy().stop_limit_s


def test_nothing_follows_the_end() -> None:
    driver = listening()
    driver.after(EndedByAdmin())
    for event in (StartRequested(None), SpeechArrived(), lost(1), Draining(), DeadlinePassed()):
        assert driver.after(event) == []
    assert (driver.session.state_name, driver.session.deadline) == ("closed", None)
