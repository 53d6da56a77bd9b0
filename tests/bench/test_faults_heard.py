from __future__ import annotations

import hashlib
import random

from bench.faults.heard import Stretch, reached, unheard_ms

CHUNK = 3_200
SENT = random.Random(1).randbytes(40 * CHUNK)  # noqa: S311 - no secret


FOREIGN = Stretch(CHUNK, "0" * 64)


def stretch(start: int, end: int, *, understood: int = 0) -> Stretch:
    """What a link received that got the stream's chunks from `start` to `end`."""
    piece = SENT[start * CHUNK : end * CHUNK]
    return Stretch(len(piece), hashlib.sha256(piece).hexdigest(), understood * CHUNK)


def test_one_link_that_received_everything_lost_nothing() -> None:
    assert unheard_ms(SENT, [stretch(0, 40)]) == 0


def test_what_is_sent_again_on_the_next_link_is_not_lost() -> None:
    assert unheard_ms(SENT, [stretch(0, 20), stretch(15, 30), stretch(28, 40)]) == 0


def test_what_no_link_received_is_lost() -> None:
    assert unheard_ms(SENT, [stretch(0, 20), stretch(23, 40)]) == 300
    assert unheard_ms(SENT, [stretch(0, 10), stretch(12, 20), stretch(20, 39)]) == 300


def test_what_a_lost_link_had_not_understood_is_lost_unless_it_is_sent_again() -> None:
    links = [stretch(0, 20, understood=12), stretch(15, 40, understood=1), stretch(0, 0)]
    assert unheard_ms(SENT, links) == 0
    assert unheard_ms(SENT, links, understood=True) == 300


def test_links_that_received_nothing_do_not_count() -> None:
    assert unheard_ms(SENT, [stretch(0, 0), stretch(0, 40), stretch(0, 0)]) == 0


def test_nothing_received_is_everything_lost() -> None:
    assert unheard_ms(SENT, []) == 4_000


def test_sound_that_is_none_of_the_streams_cannot_be_judged() -> None:
    assert unheard_ms(SENT, [stretch(0, 20), FOREIGN]) is None
    assert unheard_ms(SENT, [Stretch(50 * CHUNK, "0" * 64)]) is None


def test_a_link_has_come_as_far_as_the_end_of_what_it_received() -> None:
    assert reached(SENT, stretch(0, 17)) == 17 * CHUNK
    assert reached(SENT, stretch(12, 40)) == 40 * CHUNK


def test_a_link_that_received_nothing_of_the_stream_has_come_nowhere() -> None:
    assert reached(SENT, stretch(0, 0)) == 0
    assert reached(SENT, FOREIGN) == 0
