"""Tests for `actors.uplink_orders`: what the supervisor is told in return."""

from __future__ import annotations

from actors.commands import (
    AskAboutSpeech,
    ConfirmSpeech,
    EndAudio,
    ForgetSpeech,
    Inform,
    RewindSpeech,
    SendText,
    SettleAnswers,
    TellLoss,
)
from actors.uplink import UplinkMailbox
from actors.uplink_orders import UplinkCommand, UplinkOrders
from schemas.gemini import Remark, ToolResponse, TypedText
from schemas.messages import (
    EndOfAudio,
    Event,
    SpeechAnswered,
    SpeechLost,
    SpeechReport,
    SpeechRewound,
    TextAnswered,
    Uplink,
)
from tests.support.fake_gemini import FakeConnector
from tests.support.sounds import silence, speech

TEXT = TypedText("dodaj mleko")
ANSWER = ToolResponse(())
REMARK = Remark("dodano mleko")


class Rig:
    """Orders with what surrounds them."""

    def __init__(self, uplink_ms: int = 15_000) -> None:
        self.uplink = UplinkMailbox(uplink_ms)
        self.connector = FakeConnector()
        self.orders = UplinkOrders(self.uplink, self.connector)

    def after(self, command: UplinkCommand) -> list[Event]:
        """Give an order; return what is reported."""
        event = self.orders.obey(command)
        return [] if event is None else [event]

    def send(self, now: float) -> list[Uplink]:
        """Send all that waits."""
        taken = []
        while (item := self.uplink.take(now)) is not None:
            taken.append(item)
        return taken


def turn(began_at: float, *, transcribed: bool = False, called: bool = False) -> ConfirmSpeech:
    return ConfirmSpeech(began_at=began_at, idle_since=0.0, transcribed=transcribed, called=called)


def test_what_is_to_be_sent_is_put_in_and_reports_nothing() -> None:
    rig = Rig()
    for command in (SendText(TEXT.text), Inform(REMARK), Inform(ANSWER), EndAudio()):
        assert rig.after(command) == []
    assert rig.send(0.0) == [REMARK, ANSWER, TEXT, EndOfAudio()]


def test_answers_that_have_arrived_do_not_go_out_again() -> None:
    rig = Rig()
    rig.uplink.put_notice(ANSWER)
    rig.send(0.0)
    rig.uplink.notice_sent()
    assert rig.after(SettleAnswers()) == []
    assert rig.after(RewindSpeech(resuming=True)) == []
    assert rig.send(0.0) == []


def test_a_report_says_whether_another_link_would_be_granted() -> None:
    rig = Rig()
    rig.connector.openable = False
    (report,) = rig.after(AskAboutSpeech())
    assert isinstance(report, SpeechReport)
    assert (report.unheard, report.openable) == (False, False)


def test_a_loss_is_told_once() -> None:
    rig = Rig(uplink_ms=500)
    rig.uplink.put(speech(400))
    rig.uplink.put(speech(500))
    assert rig.after(TellLoss()) == [SpeechLost(ms=400)]
    assert rig.after(TellLoss()) == []


def test_a_turn_about_speech_confirms_it() -> None:
    for named in ({"transcribed": True}, {"called": True}):
        rig = Rig()
        rig.uplink.put(speech(500) + silence(600))
        rig.send(1.0)
        assert rig.after(turn(1.5, **named)) == [SpeechAnswered(after_s=0.5)]
        assert not rig.uplink.report().unheard


def test_how_long_after_its_speech_a_product_was_told_is_reported_with_the_answer() -> None:
    rig = Rig()
    rig.uplink.put(speech(500) + silence(600))
    rig.send(1.0)
    told = ConfirmSpeech(began_at=1.5, idle_since=0.0, transcribed=True, called=True, told_at=1.75)
    assert rig.after(told) == [SpeechAnswered(after_s=0.5, product_after_s=0.75)]


def test_a_turn_that_neither_transcribes_nor_calls_is_about_no_speech() -> None:
    """Some models end one turn after the calls, and another after the reply."""
    rig = Rig()
    rig.uplink.put(speech(500) + silence(600))
    rig.send(1.0)
    assert rig.after(turn(1.5)) == []
    assert rig.uplink.report().unheard


def test_a_turn_without_a_transcript_is_about_what_was_typed() -> None:
    for called in (True, False):
        rig = Rig()
        rig.uplink.put(speech(500) + silence(600))
        rig.uplink.put_text(TEXT)
        rig.send(1.0)
        assert rig.after(turn(1.5, called=called)) == [TextAnswered()]
        assert rig.uplink.rewind(resuming=True)[1] == 1


def test_a_turn_with_a_transcript_is_about_speech_whatever_was_typed() -> None:
    rig = Rig()
    rig.uplink.put_text(TEXT)
    rig.uplink.put(speech(500) + silence(600))
    rig.send(1.0)
    (answered,) = rig.after(turn(1.5, transcribed=True, called=True))
    assert isinstance(answered, SpeechAnswered)
    assert rig.after(turn(2.5)) == [TextAnswered()]


def test_a_turn_that_began_before_a_sentence_was_sent_leaves_it_unanswered() -> None:
    rig = Rig()
    rig.uplink.put_text(TEXT)
    rig.send(2.0)
    assert rig.after(turn(1.9, called=True)) == []
    assert rig.uplink.report().unheard


def test_what_is_said_again_is_told_unless_it_is_nothing() -> None:
    rig = Rig()
    assert rig.after(RewindSpeech(resuming=True)) == []
    rig.uplink.put(speech(500) + silence(600))
    rig.uplink.put_text(TEXT)
    rig.send(1.0)
    assert rig.after(RewindSpeech(resuming=True)) == [SpeechRewound(1.0, 2)]


def test_what_is_forgotten_is_told_as_lost_if_it_is() -> None:
    rig = Rig()
    rig.uplink.put(speech(500))
    assert rig.after(ForgetSpeech(later_too=True, lost=True)) == [SpeechLost(ms=500)]
    assert rig.after(ForgetSpeech(later_too=True, lost=True)) == []
    rig.uplink.put(speech(500))
    assert rig.after(ForgetSpeech(later_too=True)) == []
    assert rig.send(0.0) == []
