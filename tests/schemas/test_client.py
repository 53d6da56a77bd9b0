"""Tests for `schemas.client`."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.client import (
    MAX_AUDIO_BYTES,
    MAX_TEXT_FRAME,
    MIN_AUDIO_BYTES,
    Ack,
    AddItem,
    AudioChunk,
    AudioEnd,
    Auth,
    ClientMessage,
    Confirm,
    Edit,
    ListedItem,
    Ping,
    Reject,
    RemoveItem,
    Resume,
    StartListSession,
    StartSession,
    StopSession,
    Text,
    Undo,
    UpdateItem,
    ack_v1,
    ack_v2,
    check_audio,
    decode_v1,
    decode_v2,
    speech_v1,
    speech_v2,
)
from schemas.errors import ErrorCode, ProtocolViolation
from tests.schemas.bad_v2_frames import BAD_V2_FRAMES


def audio_frame(pcm: bytes) -> str:
    return json.dumps({"type": "audio_chunk", "audio_data": base64.b64encode(pcm).decode()})


Decode = Callable[[str | bytes], ClientMessage]
both_versions = pytest.mark.parametrize("decode", [decode_v1, decode_v2])


def violation(frame: str | bytes, decode: Decode = decode_v1) -> ProtocolViolation:
    with pytest.raises(ProtocolViolation) as caught:
        decode(frame)
    return caught.value


def outcome(frame: str | bytes, decode: Decode) -> str:
    """Return the field at fault, or ``message`` when none is."""
    try:
        decode(frame)
    except ProtocolViolation as exc:
        return exc.field
    return "message"


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ('{"type":"start_session"}', StartSession()),
        ('{"type":"start_session","language":"en-US"}', StartSession("en-US")),
        ('{"type":"start_session","language":null}', StartSession()),
        ('{"type":"stop_session"}', StopSession()),
        (' {"future":[1,{"a":null}],"type":"ping"} ', Ping()),
    ],
)
def test_the_messages_of_version_one_are_understood(frame: str, message: ClientMessage) -> None:
    assert decode_v1(frame) == message


@both_versions
def test_audio_arrives_as_the_bytes_that_were_recorded(decode: Decode) -> None:
    pcm = bytes(range(256)) * 5
    assert decode(audio_frame(pcm)) == AudioChunk(pcm)


@both_versions
@pytest.mark.parametrize("size", [MIN_AUDIO_BYTES, MAX_AUDIO_BYTES])
def test_ten_milliseconds_and_two_seconds_are_both_allowed(size: int, decode: Decode) -> None:
    assert decode(audio_frame(bytes(size))) == AudioChunk(bytes(size))


@pytest.mark.parametrize("size", [0, MIN_AUDIO_BYTES - 2, MAX_AUDIO_BYTES + 2])
def test_too_little_and_too_much_audio_are_refused_in_milliseconds(size: int) -> None:
    caught = violation(audio_frame(bytes(size)))
    assert caught.field == "audio_data"
    assert caught.problem == f"{size / 32:g} ms of audio, 10 ms to 2000 ms are allowed"


def test_half_a_sample_is_refused() -> None:
    caught = violation(audio_frame(bytes(321)))
    assert (caught.field, caught.problem) == (
        "audio_data",
        "321 bytes is not a whole number of 16-bit samples",
    )


def test_a_binary_frames_audio_is_held_to_the_same_rules_under_its_own_name() -> None:
    check_audio(bytes(MIN_AUDIO_BYTES), field="frame")
    with pytest.raises(ProtocolViolation, match=r"^frame: 1 bytes"):
        check_audio(b"x", field="frame")


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        ("", "frame"),
        (b"{}", "frame"),
        ("[]", "frame"),
        ("null", "frame"),
        ('"ping"', "frame"),
        ("{", "frame"),
        ("{}", "type"),
        ('{"type":"nope"}', "type"),
        ('{"type":7}', "type"),
        ('{"type":"audio_chunk"}', "audio_data"),
        ('{"type":"audio_chunk","audio_data":7}', "audio_data"),
        ('{"type":"audio_chunk","audio_data":"!!!"}', "audio_data"),
        ('{"type":"start_session","language":"polski język"}', "language"),
        ('{"type":"start_session","language":""}', "language"),
        ('{"type":"start_session","language":["pl"]}', "language"),
        ('{"type":"ping","x":"\ud800"}', "frame"),
        ("[" * 50_000, "frame"),
    ],
)
def test_a_violation_names_the_field_at_fault(frame: str | bytes, field: str) -> None:
    assert violation(frame).field == field


def test_an_unknown_type_is_answered_with_the_types_there_are() -> None:
    problem = violation('{"type":"audio"}').problem
    assert problem.endswith("expected one of start_session, audio_chunk, stop_session, ping")


def test_a_long_unknown_type_is_not_sent_back_whole() -> None:
    assert len(violation(json.dumps({"type": "x" * 50_000})).problem) < 200


def test_a_frame_that_is_too_long_is_not_even_parsed() -> None:
    caught = violation(" " * (MAX_TEXT_FRAME + 1))
    assert caught.field == "frame"
    assert (
        str(caught) == f"frame: {MAX_TEXT_FRAME + 1} characters, at most {MAX_TEXT_FRAME} are read"
    )


@both_versions
@given(frame=st.text(max_size=200) | st.binary(max_size=400))
def test_any_frame_is_a_message_or_a_violation(frame: str | bytes, decode: Decode) -> None:
    assert outcome(frame, decode) in {"message", "type", "frame"}


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@both_versions
@given(
    kind=st.sampled_from(["start_session", "audio_chunk", "stop_session", "ping", "other"]),
    language=_json,
    audio_data=_json,
)
def test_any_values_make_a_message_or_a_violation_of_a_field_that_was_sent(
    kind: str, language: object, audio_data: object, decode: Decode
) -> None:
    frame = json.dumps({"type": kind, "language": language, "audio_data": audio_data})
    assert outcome(frame, decode) in {"message", "type", "language", "audio_data"}


@pytest.mark.parametrize("language", ["", "polski", "pl-PL\n", "pl" + "-abcdefgh" * 4])
def test_a_language_that_is_none_is_told_what_one_looks_like(language: str) -> None:
    caught = violation(json.dumps({"type": "start_session", "language": language}))
    assert str(caught) == (
        "language: expected a BCP 47 tag such as pl-PL, of at most 35 characters"
    )


def test_version_one_has_neither_binary_frames_nor_the_messages_of_version_two() -> None:
    caught = violation(bytes(MIN_AUDIO_BYTES))
    assert str(caught) == "frame: binary, but protocol v1 has text frames only"
    assert violation('{"type":"undo"}').code == "unknown_type"
    assert decode_v1('{"type":"start_session","list":5}') == StartSession()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ('{"type":"start_session"}', StartListSession()),
        (
            """{"type":"start_session","language":"pl-PL","reply":"audio",
                "resume":{"token":"t","last_seq":7},
                "list":[{"id":"a1","name":"mleko","quantity":2,"unit":"l","category":"Nabiał"},
                    {"id":"a2","name":"chleb"}]}""",
            StartListSession(
                language="pl-PL",
                reply="audio",
                resume=Resume("t", 7),
                list=(ListedItem("a1", "mleko", 2, "l", "Nabiał"), ListedItem("a2", "chleb")),
            ),
        ),
        ('{"type":"start_session","resume":null,"reply":null}', StartListSession()),
        ('{"type":"stop_session"}', StopSession()),
        ('{"type":"ping"}', Ping()),
        ('{"type":"audio_end"}', AudioEnd()),
        ('{"type":"text","text":"dodaj mleko"}', Text("dodaj mleko")),
        ('{"type":"text","text":" a ","ref":"r.1_~-"}', Text(" a ", "r.1_~-")),
        ('{"type":"text","text":"\\ud83d\\ude00"}', Text("😀")),
        ('{"type":"ack","seq":0}', Ack(0)),
        ('{"type":"ack","seq":9007199254740992}', Ack(2**53)),
        (
            """{"type":"edit","ref":"r","operations":[{"op":"add","name":"mleko"},
                {"op":"add","id":"a1","name":"x","quantity":0.001,"unit":"l","category":"c"},
                {"op":"update","id":"a1","quantity":10000},{"op":"remove","id":"a1"}]}""",
            Edit(
                (
                    AddItem("mleko"),
                    AddItem("x", 0.001, "l", "c", "a1"),
                    UpdateItem("a1", quantity=10_000),
                    RemoveItem("a1"),
                ),
                "r",
            ),
        ),
        ('{"type":"undo"}', Undo()),
        ('{"type":"undo","ref":"r1"}', Undo("r1")),
        ('{"type":"confirm","id":"77ab","ref":"r1"}', Confirm("77ab", "r1")),
        ('{"type":"reject","id":"77ab"}', Reject("77ab")),
        ('{"type":"auth","token":"a.b.c","ref":"a1"}', Auth("a.b.c", "a1")),
        ('{"type":"ping","type":"ping","future":[1e999]}', Ping()),
        ('{"type":"ping","x":' + "[" * 15 + "7" + "]" * 15 + "}", Ping()),
        ('{"type":"ping","x":["\\"[[[[[[[[[[[[[[[[[[[["]}', Ping()),
        ('{"type":"ping","x":[' + "{}," * 99 + "7]}", Ping()),
        (bytes(MIN_AUDIO_BYTES), AudioChunk(bytes(MIN_AUDIO_BYTES))),
        (bytes(MAX_AUDIO_BYTES), AudioChunk(bytes(MAX_AUDIO_BYTES))),
    ],
)
def test_the_messages_of_version_two_are_understood(
    frame: str | bytes, message: ClientMessage
) -> None:
    assert decode_v2(frame) == message


@pytest.mark.parametrize(
    ("frame", "code", "message"),
    BAD_V2_FRAMES,
    ids=[f"{number}-{message[:60]}" for number, (_, _, message) in enumerate(BAD_V2_FRAMES)],
)
def test_what_version_two_does_not_allow_is_told_by_field_problem_and_code(
    frame: str | bytes, code: ErrorCode, message: str
) -> None:
    caught = violation(frame, decode_v2)
    assert (caught.code, str(caught)) == (code, message)
    assert str(caught) == f"{caught.field}: {caught.problem}"
    assert len(message) < 250


@pytest.mark.parametrize(
    ("frame", "ref"),
    [
        ('{"type":"edit","operations":[],"ref":"r1"}', "r1"),
        ('{"ref":"r1","type":"dance"}', "r1"),
        ('{"type":"text","text":" ","ref":"r1"}', "r1"),
        ('{"type":"text","text":" "}', None),
        ('{"type":"confirm","ref":"r1"}', "r1"),
        ('{"type":"undo","ref":5}', None),
        ('{"type":"undo","ref":"a b"}', None),
        ('{"type":"undo","ref":"r1"', None),
        ('["r1"]', None),
        ("[" * 90_000, None),
        ('{"type":"text","ref":"r1","text":"' + "x" * 300_000 + '"}', None),
        (b"\0\0\0", None),
    ],
)
def test_a_violation_says_which_request_it_is_about(frame: str | bytes, ref: str | None) -> None:
    with pytest.raises(ProtocolViolation) as caught:
        decode_v2(frame)
    assert caught.value.ref == ref


def test_the_bad_frames_are_all_different() -> None:
    assert len({frame for frame, *_ in BAD_V2_FRAMES}) == len(BAD_V2_FRAMES) >= 100


@both_versions
def test_a_surrogate_that_stands_alone_in_the_text_itself_is_refused(decode: Decode) -> None:
    """A socket brings none: a text frame that is not UTF-8 is refused before."""
    caught = violation('{"type":"ping","x":"\ud800"}', decode)
    assert (caught.code, str(caught)) == ("malformed", "frame: not valid JSON (a lone surrogate)")


@given(
    kind=st.sampled_from(["text", "ack", "edit", "undo", "confirm", "reject", "start_session"]),
    fields=st.dictionaries(
        st.sampled_from(
            ["text", "seq", "operations", "id", "ref", "resume", "list", "reply", "language"]
        ),
        _json | st.lists(st.fixed_dictionaries({"op": st.just("add"), "name": _json}), max_size=2),
    ),
)
def test_a_violation_never_names_what_the_schema_does_not(
    kind: str, fields: dict[str, object]
) -> None:
    field = outcome(json.dumps({"type": kind} | fields), decode_v2)
    parts = {part.partition("[")[0] for part in field.split(".")}
    known = {"text", "seq", "operations", "id", "ref", "resume", "list", "reply", "language"}
    assert parts <= known | {"message", "frame", "token", "last_seq", "op", "name"}


# Speech, straight from a frame's bytes.

PCM = b"\x01\xff" * 1_600
COMPACT = audio_frame(PCM).replace(" ", "").encode()


@pytest.mark.parametrize("frame", ['{"type":"ack","seq":7}', ' { "seq" : 7 , "type" : "ack" } '])
def test_acknowledgements_are_found(frame: str) -> None:
    assert ack_v2(frame.encode()) == decode_v2(frame) == Ack(7)
    assert ack_v1(frame.encode()) is None


@pytest.mark.parametrize(
    "frame",
    [
        *(b"", b"nonsense", b'{"type":"ping"}', b'{"type":"ack","seq":-1}', b'{"type":"ack"}'),
        *(b'{"type":"ack","seq":\xff}', b'{"type":"undo","ref":"ack"}'),
    ],
)
def test_what_is_no_acknowledgement_is_left_to_be_decoded(frame: bytes) -> None:
    assert ack_v2(frame) is None


@pytest.mark.parametrize("speech_in", [speech_v1, speech_v2])
@pytest.mark.parametrize(
    "frame",
    [
        COMPACT,
        audio_frame(PCM).encode(),
        b'{"type":"audio_chunk","audio_data":"' + b"\\/\\/8B" * 120 + b'"}',
        COMPACT[:-1] + ',"future":"ż"}'.encode(),
    ],
)
def test_speech_is_found_in_a_text_frame(
    frame: bytes, speech_in: Callable[..., bytes | None]
) -> None:
    message = decode_v1(frame.decode())
    assert isinstance(message, AudioChunk)
    assert speech_in(frame, text=True) == message.audio_data


@pytest.mark.parametrize("speech_in", [speech_v1, speech_v2])
@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b'{"type":"ping"}',
        b'{"type":"text","text":"audio_chunk"}',
        audio_frame(PCM[:-1]).replace(" ", "").encode(),
        audio_frame(bytes(MAX_AUDIO_BYTES + 2)).replace(" ", "").encode(),
        audio_frame(b"").encode(),
        COMPACT.replace(b"/w", b"?w"),
        COMPACT[:-3] + b'"}',
        COMPACT[:-1] + b',"future":"\xff"}',
        COMPACT[:-2] + b'","audio_data":"AAA"}',
    ],
)
def test_what_is_no_speech_or_faulty_is_left_to_the_decoder(
    frame: bytes, speech_in: Callable[..., bytes | None]
) -> None:
    assert speech_in(frame, text=True) is None


def test_binary_frames_are_speech_in_version_2_only() -> None:
    assert speech_v2(PCM, text=False) == PCM
    assert speech_v2(PCM[:-1], text=False) is None
    assert speech_v2(bytes(MIN_AUDIO_BYTES - 2), text=False) is None
    assert speech_v1(PCM, text=False) is None


@given(
    base64_like=st.text(st.sampled_from('AQgw/+=-_ \n\\"żB'), min_size=425, max_size=440).map(
        str.encode
    )
    | st.binary(min_size=320, max_size=400).map(base64.b64encode)
)
def test_what_is_taken_for_speech_is_what_the_decoder_finds(base64_like: bytes) -> None:
    frame = b'{"type":"audio_chunk","audio_data":"' + base64_like + b'"}'
    found = speech_v1(frame, text=True)
    if found is None:
        assert outcome(frame.decode(), decode_v1) != "message" or b"\\" in frame
    else:
        assert decode_v1(frame.decode()) == AudioChunk(found)
