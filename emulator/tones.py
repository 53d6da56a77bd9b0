"""Ears for load and faults: a sentence is sent as a series of tones, and heard if all arrived.

They are what speech is too dear for: a second of tones costs microseconds, where a second of speech
costs a recogniser some hundred milliseconds, and yet the sentence is in the sound and nowhere else.
A sentence of which a piece is missing, doubled, shifted or out of order is not understood.

The code: 16 kHz, 40 ms a symbol, each symbol a whole number of cycles of a sine that starts half
a sample in. Two symbols of 2,000 Hz, then four bits a symbol (nibble *n* is 425 + 100 *n* Hz, the
high nibble of a byte first): one byte with the length of the text, the text in UTF-8, and
CRC-16/CCITT of both, started at 0xFFFF. No symbol is silent, and no tone but the first is a
multiple of 500 Hz, so that whoever looks only at every sixteenth sample finds it loud too.

It is read by the samples' signs alone, and those have to be right one by one: this is a code for
digital streams that somebody cut, not for microphones.
"""

from __future__ import annotations

from binascii import crc_hqx
from collections.abc import Iterator

SYMBOL_SAMPLES = 640
"""40 ms at 16 kHz."""
_LEADING_SYMBOLS = 2
_LEADING_CYCLES = 80
_LOWEST_CYCLES, _CYCLES_APART = 17, 4
_SIGNS = bytes(high >= 0x80 for high in range(256))  # noqa: PLR2004  # the sign bit
"""By a sample's high byte: 1 is negative."""
_CRC_START = 0xFFFF


def _signs_of(cycles: int) -> bytes:
    """Return the signs of the samples of a symbol that has so many cycles."""
    half_cycles = (cycles * (2 * sample + 1) // SYMBOL_SAMPLES for sample in range(SYMBOL_SAMPLES))
    return bytes(half_cycle % 2 for half_cycle in half_cycles)


_LEADER = _signs_of(_LEADING_CYCLES) * _LEADING_SYMBOLS
_NIBBLES = {_signs_of(_LOWEST_CYCLES + _CYCLES_APART * nibble): nibble for nibble in range(16)}


class ToneEars:
    """Reads tones, whatever the language; satisfies `emulator.ears.Ears`.

    It does so in the event loop: that costs less than asking another process would.
    """

    async def hear(self, pcm: bytes, language: str) -> str:
        """Return the sentences that arrived whole, "" when there is none."""
        del language
        return ". ".join(sentences_in(pcm))

    async def close(self) -> None:
        """Do nothing: there is nothing to let go of."""


def sentences_in(pcm: bytes) -> Iterator[str]:
    """Yield each sentence that is whole in PCM16 little-endian mono at 16 kHz."""
    signs = pcm[1::2].translate(_SIGNS)
    at = signs.find(_LEADER)
    while at >= 0:
        at += len(_LEADER)
        sentence = _sentence_at(signs, at)
        if sentence is not None:
            yield sentence
        at = signs.find(_LEADER, at)


def _sentence_at(signs: bytes, at: int) -> str | None:
    """Return the sentence whose first symbol begins at a sample, `None` when it is damaged."""
    length = _read(signs, at, 1)
    if length is None:
        return None
    whole = _read(signs, at, 1 + length[0] + 2)
    # Over a text followed by its own checksum, the checksum is 0.
    if whole is None or crc_hqx(whole, _CRC_START) != 0:
        return None
    return whole[1:-2].decode(errors="replace")


def _read(signs: bytes, at: int, count: int) -> bytes | None:
    """Return `count` bytes, `None` when a symbol of theirs is none."""
    nibbles = [
        _NIBBLES.get(signs[start : start + SYMBOL_SAMPLES])
        for start in range(at, at + 2 * count * SYMBOL_SAMPLES, SYMBOL_SAMPLES)
    ]
    found = [nibble for nibble in nibbles if nibble is not None]
    if len(found) < len(nibbles):
        return None
    return bytes(high << 4 | low for high, low in zip(found[::2], found[1::2], strict=True))
