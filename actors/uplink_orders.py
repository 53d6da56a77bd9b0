"""What the session wants done with speech and answers on their way, done to the uplink.

What it wants to know in return is an event, which the session is to be told next.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from msgspec.structs import replace

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
from actors.ports import GeminiConnector
from actors.uplink import UplinkMailbox
from schemas.gemini import TypedText
from schemas.messages import Event, SpeechAnswered, SpeechLost, SpeechRewound, TextAnswered

Silent: TypeAlias = Inform | SendText | SettleAnswers | EndAudio
Reporting: TypeAlias = AskAboutSpeech | TellLoss | ConfirmSpeech | RewindSpeech | ForgetSpeech
UplinkCommand: TypeAlias = Silent | Reporting


class UplinkOrders:
    """Obeys the commands that are about the uplink; never waits."""

    __slots__ = ("_after_calls", "_connector", "_uplink")

    def __init__(self, uplink: UplinkMailbox, connector: GeminiConnector) -> None:
        self._uplink = uplink
        self._connector = connector
        self._after_calls = False
        """The last turn called for something."""

    def obey(self, command: UplinkCommand) -> Event | None:
        """Do what is commanded; return what the session wants to know of it, if anything."""
        match command:
            case Inform(notice):
                self._uplink.put_notice(notice)
            case SendText(text):
                self._uplink.put_text(TypedText(text))
            case SettleAnswers():
                self._uplink.settle_answers()
            case EndAudio():
                self._uplink.put_end()
            case other:
                return self._obey_and_report(other)
        return None

    def _obey_and_report(self, command: Reporting) -> Event | None:
        match command:
            case AskAboutSpeech():
                return replace(self._uplink.report(), openable=self._connector.openable)
            case TellLoss():
                return _lost(self._uplink.take_loss())
            case ConfirmSpeech():
                return self._confirm(command)
            case RewindSpeech(resuming):
                since, utterances = self._uplink.rewind(resuming=resuming)
                return SpeechRewound(since, utterances) if utterances else None
            case ForgetSpeech(later_too, lost):
                unsent_ms = self._uplink.unsent_ms() if lost else 0
                self._uplink.clear(later_too=later_too)
                return _lost(unsent_ms)
            case other:
                assert_never(other)

    def _confirm(self, turn: ConfirmSpeech) -> Event | None:
        after_calls, self._after_calls = self._after_calls, turn.called
        # Some models end a turn after the calls, and another one after the reply: that one is not
        # about the next sentence, unless it was sent since.
        sent_after = turn.idle_since if after_calls and not turn.called else None
        if not turn.transcribed and self._uplink.text_answered(turn.began_at, sent_after):
            return TextAnswered()
        if not (turn.transcribed or turn.called):
            return None
        after_s = self._uplink.sent.confirm(began_at=turn.began_at, idle_since=turn.idle_since)
        if after_s is None:
            return None
        told_at = turn.told_at
        told_after_s = None if told_at is None else after_s + told_at - turn.began_at
        return SpeechAnswered(after_s, told_after_s)


def _lost(ms: int) -> SpeechLost | None:
    return SpeechLost(ms=ms) if ms else None
