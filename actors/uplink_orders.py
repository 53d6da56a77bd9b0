"""What the session wants done with speech and answers on their way, done to the uplink.

What it wants to know in return goes to the supervisor's inbox, behind what is there already.
"""

from __future__ import annotations

from typing import TypeAlias, assert_never

from msgspec.structs import replace

from actors.commands import (
    Answer,
    AskAboutSpeech,
    ConfirmSpeech,
    EndAudio,
    ForgetSpeech,
    RewindSpeech,
    SettleAnswers,
    TellLoss,
)
from actors.mailbox import Mailbox
from actors.ports import GeminiConnector
from actors.uplink import UplinkMailbox
from schemas.messages import Event, SpeechAnswered, SpeechLost, SpeechRewound

Silent: TypeAlias = Answer | SettleAnswers | EndAudio
Reporting: TypeAlias = AskAboutSpeech | TellLoss | ConfirmSpeech | RewindSpeech | ForgetSpeech
UplinkCommand: TypeAlias = Silent | Reporting


class UplinkOrders:
    """Obeys the commands that are about the uplink; never waits."""

    def __init__(
        self, uplink: UplinkMailbox, inbox: Mailbox[Event], connector: GeminiConnector
    ) -> None:
        self._uplink = uplink
        self._inbox = inbox
        self._connector = connector

    def obey(self, command: UplinkCommand) -> None:
        """Do what is commanded."""
        match command:
            case Answer(response):
                self._uplink.put_answers(response)
            case SettleAnswers():
                self._uplink.settle_answers()
            case EndAudio():
                self._uplink.put_end()
            case other:
                event = self._obey_and_report(other)
                if event is not None:
                    self._inbox.put_now(event)

    def _obey_and_report(self, command: Reporting) -> Event | None:
        match command:
            case AskAboutSpeech():
                return replace(self._uplink.report(), openable=self._connector.openable)
            case TellLoss():
                return _lost(self._uplink.take_loss())
            case ConfirmSpeech(began_at, idle_since):
                after_s = self._uplink.sent.confirm(began_at=began_at, idle_since=idle_since)
                return None if after_s is None else SpeechAnswered(after_s=after_s)
            case RewindSpeech(resuming):
                since, utterances = self._uplink.rewind(resuming=resuming)
                return SpeechRewound(since, utterances) if utterances else None
            case ForgetSpeech(later_too, lost):
                unsent_ms = self._uplink.unsent_ms() if lost else 0
                self._uplink.clear(later_too=later_too)
                return _lost(unsent_ms)
            case other:
                assert_never(other)


def _lost(ms: int) -> SpeechLost | None:
    return SpeechLost(ms=ms) if ms else None
