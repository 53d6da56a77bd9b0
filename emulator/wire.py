"""The frames this server sends: Google's are binary, pretty-printed JSON and a line feed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

ServerMessage = Mapping[str, object]
"""One message to the client, keys in camelCase; `bytes` become standard base64."""

REASON_BYTES = 123
"""What RFC 6455 leaves for a reason: a control frame's 125 bytes less the code's two."""


@dataclass(frozen=True, slots=True)
class Closing:
    """How the server ends a connection."""

    code: int
    reason: str

    def wire_reason(self) -> bytes:
        """Return the reason cut to what a close frame holds, at the end of a character."""
        return self.reason.encode()[:REASON_BYTES].decode(errors="ignore").encode()


class Refused(Exception):
    """The service would close the connection for what the client sent."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.closing = Closing(code, reason)


def invalid(detail: str = "") -> Refused:
    """Return the service's usual 1007, with the detail that the real one keeps to itself."""
    return Refused(1007, f"Request contains an invalid argument. {detail}".rstrip())


def encode(message: ServerMessage, *, pretty: bool = True) -> bytes:
    """Return a message as the bytes of one frame."""
    compact = msgspec.json.encode(message)
    return (msgspec.json.format(compact, indent=2) if pretty else compact) + b"\n"


def server_content(**fields: object) -> ServerMessage:
    """Return a `serverContent` of these fields."""
    return {"serverContent": fields}


def input_transcription(text: str) -> ServerMessage:
    """Return a piece of what the user was heard to say."""
    return server_content(inputTranscription={"text": text})


def tool_call(calls: Sequence[Mapping[str, object]]) -> ServerMessage:
    """Return one message with all of a sentence's function calls."""
    return {"toolCall": {"functionCalls": list(calls)}}


def tool_call_cancellation(ids: Sequence[str]) -> ServerMessage:
    """Return the withdrawal of calls that were not answered in time."""
    return {"toolCallCancellation": {"ids": list(ids)}}


def resumption_update(handle: str) -> ServerMessage:
    """Return a new handle; an empty one says that the session cannot be resumed just now."""
    return {"sessionResumptionUpdate": {"newHandle": handle, "resumable": bool(handle)}}


def go_away(time_left: str) -> ServerMessage:
    """Return the warning that the connection will end; `time_left` as in "10s"."""
    return {"goAway": {"timeLeft": time_left}}


def pieces(text: str, *, words: int = 3) -> list[str]:
    """Split a text as transcriptions arrive: a few words each, all but the first led by a blank."""
    tokens = text.split()
    groups = [" ".join(tokens[at : at + words]) for at in range(0, len(tokens), words)]
    return groups[:1] + [f" {group}" for group in groups[1:]]
