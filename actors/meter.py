"""One session's figures: what the process's tally gets of them, and the summary of its end."""

from __future__ import annotations

from typing import Final

from actors.audio_pump import AudioPump
from actors.outbox import Outbox
from actors.ports import Fact
from actors.session import Session
from actors.tally import Key, Tally
from actors.tokens import plus
from actors.uplink import UplinkMailbox
from schemas.admin import UsageView
from schemas.messages import SpeechAnswered

_AUDIO: Final = ("audio_ms",)
_PRODUCTS: Final = ("products",)
_UPLINK: Final = ("dropped", "uplink", "ms")
_MODALITIES: Final = frozenset({"text", "image", "video", "audio", "document"})
"""Gemini's own; another word of its would be another metric."""
_OUTBOX: Final = ("dropped", "outbox", "messages")


class Meter:
    """Reads what the parts of a session count anyway, and keeps what was read last.

    Attributes:
        worst_product_s: the longest that a product came after its speech; `None` without any.
    """

    __slots__ = (
        "_outbox",
        "_session",
        "_settled",
        "_settled_at_once",
        "_tally",
        "_uplink",
        "worst_product_s",
    )

    def __init__(
        self, tally: Tally, *, session: Session, uplink: UplinkMailbox, outbox: Outbox
    ) -> None:
        self._tally = tally
        self._session = session
        self._uplink = uplink
        self._outbox = outbox
        self._settled: dict[Key, int] = {}
        self._settled_at_once = 0
        self.worst_product_s: float | None = None

    def answered(self, answer: SpeechAnswered) -> None:
        """An utterance was answered."""
        delay_s = answer.product_after_s
        if delay_s is not None:
            self._tally.product_delay.observe(delay_s)
            self.worst_product_s = max(delay_s, self.worst_product_s or 0.0)

    def go_on_from_here(self) -> None:
        """What the session has come to by now was counted on another connection."""
        self._settled = self._figures()

    def settle(self, pump: AudioPump) -> None:
        """Add to the tally what has come since the last time."""
        at_once, self._settled_at_once = self._settled_at_once, pump.sent_at_once
        self._tally.uplink_delay.observe(0.0, pump.sent_at_once - at_once)
        for key, value in self._figures().items():
            # Gemini may set a turn's figures lower than it had them, or take an estimate's place.
            grown = value - self._settled.get(key, 0)
            if grown > 0:
                self._tally.counts[key] += grown
                self._settled[key] = value

    def outcome(self, pump: AudioPump) -> dict[str, Fact]:
        """Return what the session has come to, over all its connections, in facts for its end."""
        conversation = self._session.conversation
        usage = conversation.usage.view()
        worst_product_s = self.worst_product_s
        return {
            "audio_s": round(self._uplink.audio_ms / 1000, 3),
            "products": conversation.ledger.products,
            "turns": usage.turns,
            "links": self._session.links_opened,
            "restarts": self._session.restarts,
            "link_error": self._session.link_error,
            "prompt_tokens": usage.prompt.total,
            "response_tokens": usage.response.total,
            "estimated_tokens": usage.estimated.total,
            "dropped_ms": self._uplink.view().dropped,
            "dropped_messages": self._outbox.view().dropped,
            "worst_uplink_delay_s": round(pump.worst_delay_s, 3),
            "worst_product_delay_s": None if worst_product_s is None else round(worst_product_s, 3),
        }

    def _figures(self) -> dict[Key, int]:
        figures = {
            _AUDIO: self._uplink.audio_ms,
            _PRODUCTS: self._session.conversation.ledger.products,
            _UPLINK: self._uplink.view().dropped,
            _OUTBOX: self._outbox.view().dropped,
            **_tokens(self._session.conversation.usage.view()),
        }
        return {key: value for key, value in figures.items() if value}


def _tokens(usage: UsageView) -> dict[Key, int]:
    tokens: dict[Key, int] = {}
    estimated = usage.estimated
    views = [("prompt", usage.prompt), ("response", usage.response)]
    if estimated.total:
        views.append(("estimated", plus(estimated.prompt, estimated.response)))
    for direction, view in views:
        for modality, count in view.by_modality.items():
            key = ("tokens", direction, modality if modality in _MODALITIES else "other")
            tokens[key] = tokens.get(key, 0) + count
        tokens["tokens", direction, "unattributed"] = view.unattributed
    tokens["tokens", "thoughts", "text"] = usage.thoughts
    return tokens
