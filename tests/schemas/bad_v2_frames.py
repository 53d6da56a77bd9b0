"""Frames that protocol v2 does not allow, with the code and the message that the phone gets.

A text frame is a `str`, a binary one is `bytes`. A message begins with the field at fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from schemas.client import MAX_AUDIO_BYTES, MAX_TEXT_FRAME_V2, MIN_AUDIO_BYTES
from schemas.errors import ErrorCode

BadFrame: TypeAlias = tuple[str | bytes, ErrorCode, str]

_TYPES: Final = (
    "start_session, audio_chunk, stop_session, ping, audio_end, text, ack, edit, undo, confirm, "
    "reject, auth"
)
_AN_ID: Final = "expected 1 to 64 characters of A-Z a-z 0-9 . _ ~ -"
_A_TAG: Final = "expected a BCP 47 tag such as pl-PL, of at most 35 characters"
_NO_TEXT: Final = "Expected `str`, got `int`"
_NO_TEXT_OR_NULL: Final = "Expected `str | null`, got `int`"
_TOO_SHORT: Final = "Expected `str` of length >= 1"
_NO_NUMBER: Final = "Expected `float`, got `str`"
_TOO_LITTLE: Final = "Expected `float` >= 0.001"
_TOO_MUCH: Final = "Expected `float` <= 10000.0"


def _missing(field: str) -> str:
    return f"Object missing required field `{field}`"


def _in(template: str, field: str, cases: Iterable[tuple[str, str, str]]) -> list[BadFrame]:
    """Put each case's JSON into a frame, and its field below the frame's."""
    return [
        (template.replace("%", inner), "invalid_field", f"{field}{name}: {problem}")
        for inner, name, problem in cases
    ]


_FRAMES: list[BadFrame] = [
    ("", "malformed", "frame: not valid JSON (Input data was truncated)"),
    (
        "hello",
        "malformed",
        "frame: not valid JSON (JSON is malformed: invalid character (byte 0))",
    ),
    ('{"type":"ping"', "malformed", "frame: not valid JSON (Input data was truncated)"),
    (
        '{"type":"ping"}x',
        "malformed",
        "frame: not valid JSON (JSON is malformed: trailing characters (byte 16))",
    ),
    (
        '{"type":"ping",}',
        "malformed",
        "frame: not valid JSON (JSON is malformed: trailing comma in object (byte 15))",
    ),
    (
        "{'type':'ping'}",
        "malformed",
        "frame: not valid JSON (JSON is malformed: object keys must be strings (byte 1))",
    ),
    (
        '\ufeff{"type":"ping"}',
        "malformed",
        "frame: not valid JSON (JSON is malformed: invalid character (byte 0))",
    ),
    (
        '{"type":"pi\nng"}',
        "malformed",
        "frame: not valid JSON (JSON is malformed: invalid character (byte 11))",
    ),
    (
        '{"type":"ack","seq":NaN}',
        "malformed",
        "frame: not valid JSON (JSON is malformed: invalid character (byte 20))",
    ),
    (
        '{"type":"ack","seq":Infinity}',
        "malformed",
        "frame: not valid JSON (JSON is malformed: invalid character (byte 20))",
    ),
    (
        '{"type":"ack","seq":-Infinity}',
        "malformed",
        "frame: not valid JSON (JSON is malformed: invalid character (byte 21))",
    ),
    ('{"type":"text","text":"\\ud800"}', "malformed", "frame: not valid JSON (a lone surrogate)"),
    ('{"type":"text","text":"\\uDC00"}', "malformed", "frame: not valid JSON (a lone surrogate)"),
    (
        '{"type":"text","text":"\\ud83dx"}',
        "malformed",
        "frame: not valid JSON (a lone surrogate)",
    ),
    ('{"type":"ping","x":"\\ud83d"}', "malformed", "frame: not valid JSON (a lone surrogate)"),
    ("[]", "malformed", "frame: Expected `object`, got `array`"),
    ("null", "malformed", "frame: Expected `object`, got `null`"),
    ('"ping"', "malformed", "frame: Expected `object`, got `str`"),
    ("7", "malformed", "frame: Expected `object`, got `int`"),
    ("[]" * 50_000, "malformed", "frame: Expected `object`, got `array`"),
    ("[" * 50_000, "too_deep", "frame: nested deeper than 16 levels"),
    (
        '{"type":"ping","x":' + "[" * 16 + "]" * 16 + "}",
        "too_deep",
        "frame: nested deeper than 16 levels",
    ),
    ('{"x":' * 17 + "7" + "}" * 17, "too_deep", "frame: nested deeper than 16 levels"),
    (
        " " * (MAX_TEXT_FRAME_V2 + 1),
        "too_large",
        f"frame: {MAX_TEXT_FRAME_V2 + 1} characters, at most {MAX_TEXT_FRAME_V2} are read",
    ),
]

_TYPE_FIELD: list[BadFrame] = [
    ("{}", "invalid_field", f"type: {_missing('type')}"),
    ('{"Type":"ping"}', "invalid_field", f"type: {_missing('type')}"),
    ('{"type":"dance"}', "unknown_type", f"type: Invalid value 'dance', expected one of {_TYPES}"),
    ('{"type":"PING"}', "unknown_type", f"type: Invalid value 'PING', expected one of {_TYPES}"),
    ('{"type":""}', "unknown_type", f"type: Invalid value '', expected one of {_TYPES}"),
    (
        '{"type":"' + "x" * 50_000 + '"}',
        "unknown_type",
        f"type: Invalid value '{'x' * 40}…', expected one of {_TYPES}",
    ),
    ('{"type":7}', "unknown_type", f"type: Expected `str`, one of {_TYPES}"),
    ('{"type":null}', "unknown_type", f"type: Expected `str`, one of {_TYPES}"),
    ('{"type":["ping"]}', "unknown_type", f"type: Expected `str`, one of {_TYPES}"),
    ('{"type":"ping","type":"undo"}', "unknown_type", "type: there are two, and they differ"),
]

_SOUND: list[BadFrame] = [
    (b"", "invalid_audio", "frame: 0 ms of audio, 10 ms to 2000 ms are allowed"),
    (b"x", "invalid_audio", "frame: 1 bytes is not a whole number of 16-bit samples"),
    (
        bytes(MIN_AUDIO_BYTES - 2),
        "invalid_audio",
        "frame: 9.9375 ms of audio, 10 ms to 2000 ms are allowed",
    ),
    (
        bytes(MIN_AUDIO_BYTES + 1),
        "invalid_audio",
        "frame: 321 bytes is not a whole number of 16-bit samples",
    ),
    (
        bytes(MAX_AUDIO_BYTES + 2),
        "invalid_audio",
        "frame: 2000.06 ms of audio, 10 ms to 2000 ms are allowed",
    ),
    (
        b'{"type":"ping"}',
        "invalid_audio",
        "frame: 15 bytes is not a whole number of 16-bit samples",
    ),
    ('{"type":"audio_chunk"}', "invalid_field", f"audio_data: {_missing('audio_data')}"),
    (
        '{"type":"audio_chunk","audio_data":5}',
        "invalid_field",
        "audio_data: Expected `bytes`, got `int`",
    ),
    (
        '{"type":"audio_chunk","audio_data":null}',
        "invalid_field",
        "audio_data: Expected `bytes`, got `null`",
    ),
    (
        '{"type":"audio_chunk","audio_data":"%%%"}',
        "invalid_audio",
        "audio_data: Invalid base64 encoded string",
    ),
    (
        '{"type":"audio_chunk","audio_data":"AAA"}',
        "invalid_audio",
        "audio_data: Invalid base64 encoded string",
    ),
    (
        '{"type":"audio_chunk","audio_data":""}',
        "invalid_audio",
        "audio_data: 0 ms of audio, 10 ms to 2000 ms are allowed",
    ),
    (
        '{"type":"audio_chunk","audio_data":"AAAA"}',
        "invalid_audio",
        "audio_data: 3 bytes is not a whole number of 16-bit samples",
    ),
]

_START = _in(
    '{"type":"start_session",%}',
    "",
    [
        ('"language":5', "language", _NO_TEXT_OR_NULL),
        ('"language":""', "language", _A_TAG),
        ('"language":"polski język"', "language", _A_TAG),
        ('"language":"pl-PL\\n"', "language", _A_TAG),
        (f'"language":"pl{"-abcdefgh" * 4}"', "language", _A_TAG),
        ('"language":"pl-PL","language":5', "language", _NO_TEXT_OR_NULL),
        ('"reply":5', "reply", _NO_TEXT_OR_NULL),
        ('"reply":"loud"', "reply", "Invalid enum value 'loud', expected one of none, audio"),
        (
            f'"reply":"{"x" * 5_000}"',
            "reply",
            f"Invalid enum value '{'x' * 40}…', expected one of none, audio",
        ),
        ('"resume":"t"', "resume", "Expected `object | null`, got `str`"),
        ('"resume":{}', "resume.token", _missing("token")),
        ('"resume":{"last_seq":1}', "resume.token", _missing("token")),
        ('"resume":{"token":5}', "resume.token", _NO_TEXT),
        ('"resume":{"token":""}', "resume.token", _TOO_SHORT),
        (
            f'"resume":{{"token":"{"x" * 201}"}}',
            "resume.token",
            "Expected `str` of length <= 200",
        ),
        ('"resume":{"token":"t","last_seq":-1}', "resume.last_seq", "Expected `int` >= 0"),
        (
            '"resume":{"token":"t","last_seq":"7"}',
            "resume.last_seq",
            "Expected `int`, got `str`",
        ),
        ('"list":5', "list", "Expected `array`, got `int`"),
        ('"list":{}', "list", "Expected `array`, got `object`"),
        ('"list":null', "list", "Expected `array`, got `null`"),
        (
            f'"list":[{",".join(["{}"] * 501)}]',
            "list[0].id",
            _missing("id"),
        ),
        (
            '"list":[{"id":"a","name":"x"}' + ',{"id":"a","name":"x"}' * 500 + "]",
            "list",
            "Expected `array` of length <= 500",
        ),
        ('"list":[{"id":"a","name":"x"},{"id":"b"}]', "list[1].name", _missing("name")),
    ],
)

_LISTED = _in(
    '{"type":"start_session","list":[%]}',
    "list[0]",
    [
        ("5", "", "Expected `object`, got `int`"),
        ("{}", ".id", _missing("id")),
        ('{"name":"x"}', ".id", _missing("id")),
        ('{"id":5,"name":"x"}', ".id", _NO_TEXT),
        ('{"id":"","name":"x"}', ".id", _AN_ID),
        ('{"id":"a b","name":"x"}', ".id", _AN_ID),
        ('{"id":"a"}', ".name", _missing("name")),
        ('{"id":"a","name":5}', ".name", _NO_TEXT),
        ('{"id":"a","name":""}', ".name", _TOO_SHORT),
        (f'{{"id":"a","name":"{"x" * 81}"}}', ".name", "Expected `str` of length <= 80"),
        ('{"id":"a","name":"x","quantity":"2"}', ".quantity", _NO_NUMBER),
        ('{"id":"a","name":"x","quantity":0}', ".quantity", _TOO_LITTLE),
        ('{"id":"a","name":"x","quantity":-2}', ".quantity", _TOO_LITTLE),
        ('{"id":"a","name":"x","quantity":10001}', ".quantity", _TOO_MUCH),
        ('{"id":"a","name":"x","quantity":1e999}', ".quantity", "Number out of range"),
        ('{"id":"a","name":"x","unit":5}', ".unit", _NO_TEXT_OR_NULL),
        ('{"id":"a","name":"x","unit":""}', ".unit", _TOO_SHORT),
        (
            f'{{"id":"a","name":"x","unit":"{"x" * 21}"}}',
            ".unit",
            "Expected `str` of length <= 20",
        ),
        ('{"id":"a","name":"x","category":5}', ".category", _NO_TEXT_OR_NULL),
        ('{"id":"a","name":"x","category":""}', ".category", _TOO_SHORT),
        (
            f'{{"id":"a","name":"x","category":"{"x" * 81}"}}',
            ".category",
            "Expected `str` of length <= 80",
        ),
    ],
)

_TEXT = _in(
    '{"type":"text"%}',
    "",
    [
        ("", "text", _missing("text")),
        (',"text":5', "text", _NO_TEXT),
        (',"text":null', "text", "Expected `str`, got `null`"),
        (',"text":""', "text", _TOO_SHORT),
        (',"text":" \\n\\u00a0"', "text", "there is nothing in it"),
        (f',"text":"{"x" * 2_001}"', "text", "Expected `str` of length <= 2000"),
        (',"text":"x","ref":5', "ref", _NO_TEXT_OR_NULL),
        (',"text":"x","ref":""', "ref", _AN_ID),
        (',"text":"x","ref":"a b"', "ref", _AN_ID),
    ],
)

_ACK = _in(
    '{"type":"ack"%}',
    "",
    [
        ("", "seq", _missing("seq")),
        (',"seq":null', "seq", "Expected `int`, got `null`"),
        (',"seq":"1"', "seq", "Expected `int`, got `str`"),
        (',"seq":true', "seq", "Expected `int`, got `bool`"),
        (',"seq":1.5', "seq", "Expected `int`, got `float`"),
        (',"seq":-1', "seq", "Expected `int` >= 0"),
        (',"seq":9007199254740993', "seq", "Expected `int` <= 9007199254740992"),
        (f',"seq":{"9" * 30}', "seq", "Expected `int` <= 9007199254740992"),
        (f',"seq":{"9" * 5_000}', "seq", "Integer value out of range"),
        (',"seq":1e999', "seq", "Number out of range"),
    ],
)

_EDIT = _in(
    '{"type":"edit"%}',
    "",
    [
        ("", "operations", _missing("operations")),
        (',"operations":5', "operations", "Expected `array`, got `int`"),
        (',"operations":{}', "operations", "Expected `array`, got `object`"),
        (',"operations":[]', "operations", "Expected `array` of length >= 1"),
        (
            ',"operations":[{"op":"undo"}]',
            "operations[0].op",
            "Invalid value 'undo', expected one of add, update, remove",
        ),
        (
            ',"operations":[{"op":"remove","id":"a"}' + ',{"op":"remove","id":"a"}' * 100 + "]",
            "operations",
            "Expected `array` of length <= 100",
        ),
        (
            ',"operations":[{"op":"remove","id":"a"},{"op":"remove","id":"a/b"}]',
            "operations[1].id",
            _AN_ID,
        ),
        (f',"operations":[{{"op":"remove","id":"a"}}],"ref":"{"x" * 65}"', "ref", _AN_ID),
    ],
)

_OPERATIONS = _in(
    '{"type":"edit","operations":[%]}',
    "operations[0]",
    [
        ("5", "", "Expected `object`, got `int`"),
        ("{}", ".op", _missing("op")),
        ('{"op":5}', ".op", "Expected `str`, one of add, update, remove"),
        ('{"op":"base64"}', ".op", "Invalid value 'base64', expected one of add, update, remove"),
        ('{"op":"add","op":"remove","id":"a"}', ".op", "there are two, and they differ"),
        (
            f'{{"op":"{"x" * 500}"}}',
            ".op",
            f"Invalid value '{'x' * 40}…', expected one of add, update, remove",
        ),
        ('{"op":"add"}', ".name", _missing("name")),
        ('{"op":"add","name":5}', ".name", _NO_TEXT),
        ('{"op":"add","name":""}', ".name", _TOO_SHORT),
        (f'{{"op":"add","name":"{"x" * 81}"}}', ".name", "Expected `str` of length <= 80"),
        ('{"op":"add","name":"x","quantity":null}', ".quantity", "Expected `float`, got `null`"),
        ('{"op":"add","name":"x","quantity":0.0001}', ".quantity", _TOO_LITTLE),
        ('{"op":"add","name":"x","quantity":1e9}', ".quantity", _TOO_MUCH),
        ('{"op":"add","name":"x","unit":""}', ".unit", _TOO_SHORT),
        ('{"op":"add","name":"x","category":5}', ".category", _NO_TEXT_OR_NULL),
        ('{"op":"add","name":"x","id":"ż"}', ".id", _AN_ID),
        ('{"op":"update"}', ".id", _missing("id")),
        ('{"op":"update","id":null}', ".id", "Expected `str`, got `null`"),
        ('{"op":"update","id":"a","name":""}', ".name", _TOO_SHORT),
        ('{"op":"update","id":"a","quantity":0}', ".quantity", _TOO_LITTLE),
        (
            '{"op":"update","id":"a","quantity":"2"}',
            ".quantity",
            "Expected `float | null`, got `str`",
        ),
        ('{"op":"update","id":"a","unit":5}', ".unit", _NO_TEXT_OR_NULL),
        ('{"op":"update","id":"a","category":""}', ".category", _TOO_SHORT),
        ('{"op":"remove"}', ".id", _missing("id")),
        ('{"op":"remove","id":""}', ".id", _AN_ID),
    ],
)

_DECISIONS = [
    *_in(
        '{"type":"undo",%}',
        "",
        [('"ref":5', "ref", _NO_TEXT_OR_NULL), ('"ref":"ą"', "ref", _AN_ID)],
    ),
    *_in(
        '{"type":"confirm"%}',
        "",
        [
            ("", "id", _missing("id")),
            (',"id":5', "id", _NO_TEXT),
            (',"id":""', "id", _AN_ID),
            (',"id":"a","ref":"\\n"', "ref", _AN_ID),
        ],
    ),
    *_in(
        '{"type":"reject"%}',
        "",
        [
            ("", "id", _missing("id")),
            (f',"id":"{"x" * 65}"', "id", _AN_ID),
            (',"id":"a\\n"', "id", _AN_ID),
            (',"id":"a","ref":{}', "ref", "Expected `str | null`, got `object`"),
        ],
    ),
]

BAD_V2_FRAMES: Final[tuple[BadFrame, ...]] = (
    *_FRAMES,
    *_TYPE_FIELD,
    *_SOUND,
    *_START,
    *_LISTED,
    *_TEXT,
    *_ACK,
    *_EDIT,
    *_OPERATIONS,
    *_DECISIONS,
)
