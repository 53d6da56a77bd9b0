"""Reads proto-JSON as Google's front end does, into typed structs, with Google's own complaints.

Proto-JSON is laxer than JSON Schema and stricter than most parsers: keys may be camelCase or
snake_case at any depth, `null` means absent, 64-bit integers may be strings, bytes may be in either
base64 alphabet with or without padding; but a field that the message does not have is an error.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec
import msgspec.inspect as shape
from pybase64 import b64decode

Reader = Callable[[object, str], object]
"""Turns a decoded JSON value, found at a path, into the value a struct holds."""

StructT = TypeVar("StructT", bound=msgspec.Struct)

DEEPEST = 100
"""Levels of nesting, the default of protobuf's parsers."""
_INT64 = range(-(2**63), 2**63)
_LARGEST_FLOAT = sys.float_info.max
_LONGEST_NUMBER = 400
"""Characters of a number in a string; a double has no more than 309 digits before its point."""

_URL_SAFE = str.maketrans("-_", "+/")
_CAPITAL = re.compile(r"(?<!^)([A-Z])")


class InvalidPayload(Exception):
    """The client's frame is not a message of this wire; the text is the close reason."""


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where one JSON key goes: the struct's attribute, its name in paths, and its reader."""

    attribute: str
    path_name: str
    read: Reader


class Parser(Generic[StructT]):
    """Parses frames into one struct type and the structs below it."""

    def __init__(self, struct: type[StructT]) -> None:
        self._struct = struct
        self._structs: dict[type, Reader] = {}
        self._read = self._reader_of(shape.type_info(struct))

    def parse(self, frame: bytes) -> StructT:
        """Parse one frame; raise `InvalidPayload` naming what is wrong and where."""
        return self.convert(decode(frame))

    def convert(self, value: object) -> StructT:
        """Convert what `decode` returned; raise `InvalidPayload` as `parse` does."""
        message = self._read(value, "")
        assert isinstance(message, self._struct)  # noqa: S101  # tells mypy what `_read` returns
        return message

    def _reader_of(self, info: shape.Type) -> Reader:
        match info:
            case shape.UnionType(types=types):
                (inner,) = (kind for kind in types if not isinstance(kind, shape.NoneType))
                return self._reader_of(inner)
            case shape.StructType(cls=cls):
                return self._struct_reader(cls, info)
            case shape.VarTupleType(item_type=item):
                return _list_reader(self._reader_of(item))
            case shape.DictType(value_type=value):
                return _map_reader(self._reader_of(value))
            case shape.LiteralType(values=values):
                return _enum_reader(tuple(str(value) for value in values))
            case _:
                return _SCALARS[type(info)]

    def _struct_reader(self, cls: type, info: shape.StructType) -> Reader:
        if cls in self._structs:
            return self._structs[cls]
        slots: dict[str, _Slot] = {}

        def read(value: object, path: str) -> object:
            if not isinstance(value, dict):
                raise InvalidPayload(_wrong(path, cls.__name__, value))
            arguments: dict[str, object] = {}
            for key, item in value.items():
                slot = _slot_of(key, slots, path)
                if slot.attribute in arguments:
                    raise InvalidPayload(_twice(path, slot.path_name))
                if item is not None:
                    arguments[slot.attribute] = slot.read(item, f"{path}.{slot.path_name}")
            return cls(**arguments)

        # Entered before its fields are compiled, because a schema contains schemas.
        self._structs[cls] = read
        for field in info.fields:
            name = snake(field.encode_name)
            slot = _Slot(field.name, name, self._reader_of(field.type))
            slots[field.encode_name] = slots[name] = slot
        return read


def _slot_of(key: str, slots: Mapping[str, _Slot], path: str) -> _Slot:
    slot = slots.get(key)
    if slot is None:
        raise InvalidPayload(_unknown(path, key))
    return slot


def decode(frame: bytes) -> object:
    """Decode a frame's JSON, or raise `InvalidPayload` in the words of Google's front end."""
    try:
        value: object = msgspec.json.decode(frame)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as exc:
        raise InvalidPayload("Invalid JSON payload received. Unexpected token.") from exc
    # Base64 has no brackets, so that audio is never walked through.
    if frame.count(b"{") + frame.count(b"[") > DEEPEST and _is_deeper(value, DEEPEST):
        raise InvalidPayload("Invalid JSON payload received. Message too deep.")
    return value


def _is_deeper(value: object, levels: int) -> bool:
    match value:
        case dict():
            return levels == 0 or any(_is_deeper(one, levels - 1) for one in value.values())
        case list():
            return levels == 0 or any(_is_deeper(one, levels - 1) for one in value)
        case _:
            return False


def snake(name: str) -> str:
    """Return a camelCase name as proto files and Google's error texts write it."""
    return _CAPITAL.sub(r"_\1", name).lower()


def _unknown(path: str, key: object) -> str:
    where = f" at '{path[1:]}'" if path else ""
    return f'Invalid JSON payload received. Unknown name "{key}"{where}: Cannot find field.'


def _twice(path: str, name: str) -> str:
    where = f" at '{path[1:]}'" if path else ""
    return f'Invalid JSON payload received. "{name}"{where} is there in both spellings.'


def _wrong(path: str, kind: str, value: object) -> str:
    # The value goes last: a reason is cut at 123 bytes, and the path is what helps.
    shown = msgspec.json.encode(value).decode()
    return f"Invalid value at '{path[1:]}' ({kind}), {shown}"


def _read_string(value: object, path: str) -> str:
    if not isinstance(value, str):
        raise InvalidPayload(_wrong(path, "TYPE_STRING", value))
    return value


def _read_bool(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise InvalidPayload(_wrong(path, "TYPE_BOOL", value))
    return value


def _read_integer(value: object, path: str) -> int:
    number = _number(value)
    if number is None or number // 1 != number or int(number) not in _INT64:
        raise InvalidPayload(_wrong(path, "TYPE_INT64", value))
    return int(number)


def _read_float(value: object, path: str) -> float:
    number = _number(value)
    if number is None or not -_LARGEST_FLOAT <= number <= _LARGEST_FLOAT:
        raise InvalidPayload(_wrong(path, "TYPE_FLOAT", value))
    return float(number)


def _number(value: object) -> float | int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if not isinstance(value, str):
        return value
    if len(value) > _LONGEST_NUMBER:
        return None
    try:
        return int(value) if value.lstrip("-").isdecimal() else float(value)
    except ValueError:
        return None


def _read_bytes(value: object, path: str) -> bytes:
    if not isinstance(value, str):
        raise InvalidPayload(_wrong(path, "TYPE_BYTES", value))
    text = value.translate(_URL_SAFE) if "-" in value or "_" in value else value
    text = text.rstrip("=")
    try:
        return b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError as exc:
        raise InvalidPayload(
            f"Invalid value at '{path[1:]}' (TYPE_BYTES), Base64 decoding failed"
        ) from exc


def _read_object(value: object, path: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise InvalidPayload(_wrong(path, "TYPE_STRUCT", value))
    return value


def _list_reader(read: Reader) -> Reader:
    def read_list(value: object, path: str) -> object:
        if not isinstance(value, list):
            raise InvalidPayload(_wrong(path, "TYPE_LIST", value))
        return tuple(read(item, f"{path}[{index}]") for index, item in enumerate(value))

    return read_list


def _map_reader(read: Reader) -> Reader:
    def read_map(value: object, path: str) -> object:
        entries = _read_object(value, path)
        return {key: read(item, f"{path}.{key}") for key, item in entries.items()}

    return read_map


def _enum_reader(names: tuple[str, ...]) -> Reader:
    allowed = frozenset(names)

    def read_enum(value: object, path: str) -> str:
        # The SDKs' enums compare without case, and so does nothing on the wire: it sends capitals.
        if not isinstance(value, str) or value not in allowed:
            raise InvalidPayload(_wrong(path, "TYPE_ENUM", value))
        return value

    return read_enum


_SCALARS: dict[type[shape.Type], Reader] = {
    shape.AnyType: lambda value, _path: value,
    shape.BoolType: _read_bool,
    shape.BytesType: _read_bytes,
    shape.FloatType: _read_float,
    shape.IntType: _read_integer,
    shape.StrType: _read_string,
}
