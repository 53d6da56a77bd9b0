from __future__ import annotations

import base64
import json

import pytest

from bench.compare.heard import SILENCE_MS, Hearing, Tally, is_sound, session_of
from bench.compare.stamps import STAMP_BYTES, BadStamp, Stamp, read, rest_of, written


def chunk(number: int, *, speech: bool = True, ms: int = 100, sent_ns: int = 0) -> bytes:
    stamp = Stamp(7, number, sent_ns, ms, speech, counted=True)
    return written(stamp) + rest_of(ms, speech=speech)


def message(pcm: bytes, *, urlsafe: bool = False) -> bytes:
    """Return a message as google-genai makes it, or as we do."""
    if urlsafe:
        data = base64.urlsafe_b64encode(pcm).decode()
        audio = {"audio": {"data": data, "mime_type": "audio/pcm;rate=16000"}}
        return json.dumps({"realtime_input": audio}).encode()
    data = base64.b64encode(pcm).decode()
    return f'{{"realtimeInput":{{"audio":{{"mimeType":"audio/pcm","data":"{data}"}}}}}}'.encode()


def test_a_stamp_is_read_as_it_was_written() -> None:
    stamp = Stamp(4_000_000, 123_456, 1 << 60, 250, speech=True, counted=False)
    assert read(written(stamp)) == stamp
    assert len(written(stamp)) == STAMP_BYTES


def test_a_stamp_is_quiet() -> None:
    loudest = max(written(Stamp(1, 2, (1 << 62) - 1, 100, speech=True))[::2])
    assert loudest < 120


def test_a_chunk_has_its_length() -> None:
    assert [len(chunk(0, ms=ms)) for ms in (20, 100)] == [640, 3200]


def test_what_is_no_stamp_is_told() -> None:
    with pytest.raises(BadStamp):
        read(bytes(STAMP_BYTES))


@pytest.mark.parametrize("urlsafe", [False, True])
def test_every_byte_of_a_chunk_is_looked_at(*, urlsafe: bool) -> None:
    tally, hearing = Tally.begun(), Hearing(7)
    spoilt = bytearray(chunk(1))
    spoilt[-1] ^= 1
    hearing.take(message(chunk(0, sent_ns=5), urlsafe=urlsafe), 9, tally)
    assert (tally.chunks, tally.spoilt, tally.delays_ns) == (1, 0, [4])
    hearing.take(message(bytes(spoilt), urlsafe=urlsafe), 9, tally)
    assert (tally.chunks, tally.spoilt) == (2, 1)


def test_chunks_are_found_however_they_were_cut() -> None:
    tally, hearing = Tally.begun(), Hearing(7)
    sound = b"".join(map(chunk, range(4)))
    for start, end in ((0, 100), (100, 3200), (3200, 9000), (9000, None)):
        hearing.take(message(sound[start:end]), 0, tally)
    assert (tally.chunks, tally.spoilt, tally.missing, tally.repeated) == (4, 0, 0, 0)


def test_numbers_passed_over_and_numbers_repeated_are_counted() -> None:
    tally, hearing = Tally.begun(), Hearing(7)
    for number in (0, 3, 3, 4):
        hearing.take(message(chunk(number)), 0, tally)
    assert (tally.missing, tally.repeated) == (2, 1)


def test_somebody_elses_chunk_is_spoilt() -> None:
    tally = Tally.begun()
    Hearing(8).take(message(chunk(0)), 0, tally)
    assert tally.spoilt == 1


def test_after_a_chunk_that_cannot_be_read_the_next_message_is() -> None:
    tally, hearing = Tally.begun(), Hearing(7)
    hearing.take(message(chunk(0)), 0, tally)
    hearing.take(message(bytes(3200)), 0, tally)
    hearing.take(message(chunk(1)), 0, tally)
    assert (tally.chunks, tally.spoilt) == (2, 1)


def test_a_sentence_ends_once_after_half_a_second_of_silence() -> None:
    tally, hearing = Tally.begun(), Hearing(7)
    said = [True, True, *[False] * 7, True, *[False] * 5]
    ended = [
        hearing.take(message(chunk(number, speech=speech)), 0, tally)
        for number, speech in enumerate(said)
    ]
    assert SILENCE_MS == 500
    assert [at for at, each in enumerate(ended) if each] == [6, 14]


def test_only_what_is_counted_has_its_delay_measured() -> None:
    tally, hearing = Tally.begun(), Hearing(7)
    counting = []
    for number, counted in enumerate((True, False)):
        stamp = written(Stamp(7, number, 0, 100, speech=False, counted=counted))
        hearing.take(message(stamp + rest_of(100, speech=False)), 0, tally)
        counting.append(hearing.counting)
    assert counting == [True, False]
    assert len(tally.delays_ns) == 1


def test_on_another_connection_a_session_goes_on() -> None:
    tally, hearing = Tally.begun(), Hearing(7)
    hearing.take(message(chunk(0) + chunk(1)[:100]), 0, tally)
    hearing.begin()
    hearing.take(message(chunk(1)), 0, tally)
    assert (tally.chunks, tally.missing, tally.spoilt) == (2, 0, 0)


def test_what_is_said_again_may_begin_within_a_chunk() -> None:
    tally, hearing = Tally.begun(), Hearing(7)
    hearing.take(message(chunk(0) + chunk(1)), 0, tally)
    hearing.begin()
    hearing.take(message(chunk(1)[1000:]), 0, tally)
    hearing.take(message(chunk(2)[:100]), 0, tally)
    hearing.take(message(chunk(2)[100:]), 0, tally)
    assert (tally.chunks, tally.missing, tally.repeated, tally.spoilt) == (3, 0, 0, 0)


def test_sound_is_told_from_the_rest() -> None:
    assert is_sound(message(b"ab"))
    assert is_sound(message(b"ab", urlsafe=True))
    assert not is_sound(b'{"realtimeInput":{"audioStreamEnd":true}}')
    assert not is_sound(b'{"setup":{"model":"models/gemini-3.8-live"}}')


def test_whose_sound_it_is_stands_in_it() -> None:
    assert session_of(message(chunk(5))) == 7
    assert session_of(message(chunk(5)[200:] + chunk(6))) == 7
    assert session_of(message(bytes(640))) is None
