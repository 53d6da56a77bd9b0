"""Changes what the model says on its way to the client, where a fault asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from emulator.faults import Faults
from emulator.wire import ServerMessage, server_content

_OF_A_TURN = ("serverContent", "toolCall", "toolCallCancellation")


def distort(messages: Sequence[ServerMessage], faults: Faults) -> list[ServerMessage]:
    """Return messages of one moment as a connection with these faults sends them."""
    spoilt = [_with_handle(message, faults) for message in messages]
    if faults.calls_twice:
        spoilt = [one for message in spoilt for one in _with_calls_twice(message)]
    return list(_bundled(spoilt)) if faults.bundle else spoilt


def _with_handle(message: ServerMessage, faults: Faults) -> ServerMessage:
    match message:
        case {"sessionResumptionUpdate": {"newHandle": handle}} if faults.not_resumable:
            return _update(message, "")
        case {"sessionResumptionUpdate": {"newHandle": handle}} if faults.handle_with_false:
            return _update(message, handle)
        case _:
            return message


def _update(message: ServerMessage, handle: object) -> ServerMessage:
    return {**message, "sessionResumptionUpdate": {"newHandle": handle, "resumable": False}}


def _with_calls_twice(message: ServerMessage) -> Iterator[ServerMessage]:
    match message:
        case {"toolCall": {"functionCalls": list(calls)}}:
            yield server_content(modelTurn={"parts": [{"functionCall": call} for call in calls]})
        case _:
            pass
    yield message


def _bundled(messages: Sequence[ServerMessage]) -> Iterator[ServerMessage]:
    """Merge messages; what belongs to the turn after a turnComplete begins another one."""
    bundle: ServerMessage = {}
    for message in messages:
        if _is_turn_complete(bundle) and any(name in message for name in _OF_A_TURN):
            yield bundle
            bundle = {}
        bundle = _merged(bundle, message)
    if bundle:
        yield bundle


def _is_turn_complete(message: ServerMessage) -> bool:
    match message:
        case {"serverContent": {"turnComplete": True}}:
            return True
        case _:
            return False


def _merged(first: Mapping[str, object], second: Mapping[str, object]) -> dict[str, object]:
    """Return both as one: lists and texts one after the other, of all else the later one."""
    merged = dict(first)
    for name, value in second.items():
        merged[name] = _joined(name, merged[name], value) if name in merged else value
    return merged


def _joined(name: str, first: object, second: object) -> object:
    match first, second:
        case _ if name in {"usageMetadata", "sessionResumptionUpdate"}:
            return second
        case dict(), dict():
            return _merged(first, second)
        case list(), list():
            return [*first, *second]
        case str(), str():
            return first + second
        case _:
            return second
