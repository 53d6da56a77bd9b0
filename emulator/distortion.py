"""Changes what the model says on its way to the client, where a fault asks for it."""

from __future__ import annotations

from collections.abc import Sequence

from emulator.faults import Faults
from emulator.wire import ServerMessage


def distort(messages: Sequence[ServerMessage], faults: Faults) -> list[ServerMessage]:
    """Return messages as a connection with these faults sends them."""
    return [_with_handle(message, faults) for message in messages]


def _with_handle(message: ServerMessage, faults: Faults) -> ServerMessage:
    match message:
        case {"sessionResumptionUpdate": {"newHandle": handle}} if faults.not_resumable:
            return _update(message, "", resumable=False)
        case {"sessionResumptionUpdate": {"newHandle": handle}} if faults.handle_with_false:
            return _update(message, handle, resumable=False)
        case _:
            return message


def _update(message: ServerMessage, handle: object, *, resumable: bool) -> ServerMessage:
    return {**message, "sessionResumptionUpdate": {"newHandle": handle, "resumable": resumable}}
