"""The versions of the phones' protocol: which messages and which sound each of them has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, get_args

from gateway.descriptions.schemas_of import Kind
from schemas import client, server


@dataclass(frozen=True, slots=True, kw_only=True)
class Sound:
    """Binary frames.

    Attributes:
        key: what the description calls them.
        text: what is in them.
        smallest: bytes.
        largest: bytes, if there is a limit.
    """

    key: str
    text: str
    smallest: int
    largest: int | None = None


@dataclass(frozen=True, slots=True)
class Frames:
    """What goes in one direction: text frames of these types, and perhaps binary ones."""

    kinds: tuple[Kind, ...]
    sound: Sound | None = None

    def names(self) -> list[str]:
        """Return what the description calls them."""
        return [*(kind.__name__ for kind in self.kinds), *([self.sound.key] if self.sound else [])]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of the protocol.

    Attributes:
        number: its number.
        subprotocol: what the handshake chooses it by.
        text: what it is, in Markdown.
        received: from phones.
        sent: to phones.
    """

    number: int
    subprotocol: str | None
    text: str
    received: Frames
    sent: Frames


VERSIONS: Final = (
    Version(
        number=1,
        subprotocol=None,
        text="Spoken after a handshake without a subprotocol: text frames only.",
        received=Frames(get_args(client.ClientMessageV1)),
        sent=Frames(get_args(server.ServerMessageV1)),
    ),
    Version(
        number=2,
        subprotocol="shopping.v2",
        text=(
            "Spoken after a handshake with the subprotocol `shopping.v2`, which the answer "
            "repeats. It adds the shopping list itself, sessions that outlive their connection, "
            "and events that come exactly once.\n\n"
            "Events are numbered (`seq`) and kept until they are acknowledged (`ack`). In a "
            "session that is resumed, those above `last_seq` come again, in order; the app drops "
            "those that it has."
        ),
        received=Frames(
            get_args(client.ClientMessageV2),
            Sound(
                key="SpeechFrame",
                text="Speech: PCM, 16 bits, little-endian, mono, 16 kHz; 10 ms to 2 s a frame.",
                smallest=client.MIN_AUDIO_BYTES,
                largest=client.MAX_AUDIO_BYTES,
            ),
        ),
        sent=Frames(
            get_args(server.ServerMessageV2),
            Sound(
                key="ReplyFrame",
                text=(
                    "A piece of a spoken reply: PCM, 16 bits, little-endian, mono, 24 kHz; only "
                    'where `start_session` asked for it with `"reply":"audio"`.'
                ),
                smallest=2,
            ),
        ),
    ),
)
