"""The versions of the client protocol: how frames are read and messages are printed in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from actors.client_reader import AckIn, Decode, SpeechIn
from schemas.client import ack_v1, ack_v2, decode_v1, decode_v2, speech_v1, speech_v2
from schemas.server import Encode, encode_v1, encode_v2


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A version of the client protocol.

    Attributes:
        decode: parses what the phone sends.
        speech_in: finds speech in it.
        ack_in: finds acknowledgements in it.
        encode: prints what it is sent.
        outlives: its sessions outlive their connections.
    """

    decode: Decode
    speech_in: SpeechIn
    ack_in: AckIn
    encode: Encode
    outlives: bool


V1: Final = Dialect(
    decode=decode_v1, speech_in=speech_v1, ack_in=ack_v1, encode=encode_v1, outlives=False
)
V2: Final = Dialect(
    decode=decode_v2, speech_in=speech_v2, ack_in=ack_v2, encode=encode_v2, outlives=True
)
