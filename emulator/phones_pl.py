"""Says how a Polish word sounds in the phones of the US-English acoustic model.

Two steps, as in the literature on Polish spelling: letters to Polish phonemes (digraphs, soft
consonants before *i*, nasal vowels, devoicing), then each phoneme to the nearest of ARPAbet's 39.
Where English has no near sound, several are offered, and the word gets several pronunciations.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

_VOWEL_LETTERS = frozenset("aeiouyóąę")
_DIGRAPHS = {
    "sz": "S",
    "cz": "tS",
    "rz": "Z",
    "ch": "x",
    "dz": "dz",
    "dź": "dź",
    "dż": "dZ",
}
_LETTERS = {
    **{letter: letter for letter in "abdefgijklmnoprstuyz"},
    "c": "ts",
    "ć": "ć",
    "h": "x",
    "ł": "w",
    "ń": "ń",
    "ó": "u",
    "q": "k",
    "ś": "ś",
    "v": "v",
    "w": "v",
    "x": "x",
    "ź": "ź",
    "ż": "Z",
}
_SOFTENED = {"s": "ś", "z": "ź", "ts": "ć", "dz": "dź", "n": "ń"}
_VOICELESS = {
    "b": "p",
    "d": "t",
    "g": "k",
    "v": "f",
    "z": "s",
    "Z": "S",
    "ź": "ś",
    "dz": "ts",
    "dZ": "tS",
    "dź": "ć",
}
_VOICED = {voiceless: voiced for voiced, voiceless in _VOICELESS.items()}
_OBSTRUENTS = frozenset(_VOICELESS) | frozenset(_VOICED) | {"x"}
_PROGRESSIVE = frozenset({"v", "Zrz"})
"""Sounds that lose their voice after a voiceless one instead of giving theirs to it."""

_NASAL_BEFORE = {
    **dict.fromkeys(("p", "b"), "m"),
    **dict.fromkeys(("t", "d", "ts", "dz", "tS", "dZ", "n"), "n"),
    **dict.fromkeys(("ć", "dź", "ń"), "ń"),
    **dict.fromkeys(("k", "g"), "N"),
    **dict.fromkeys(("l", "w"), ""),
}

ARPABET: Mapping[str, str] = {
    "a": "AA",
    "e": "EH",
    "i": "IY",
    "o": "AO",
    "u": "UW",
    "y": "IH",
    "p": "P",
    "b": "B",
    "t": "T",
    "d": "D",
    "k": "K",
    "g": "G",
    "f": "F",
    "v": "V",
    "s": "S",
    "z": "Z",
    "S": "SH",
    "Z": "ZH",
    "ś": "SH",
    "ź": "ZH",
    "x": "HH",
    "ts": "T S",
    "dz": "D Z",
    "tS": "CH",
    "dZ": "JH",
    "ć": "CH",
    "dź": "JH",
    "m": "M",
    "n": "N",
    "ń": "N Y",
    "N": "NG",
    "l": "L",
    "w": "W",
    "r": "R",
    "j": "Y",
}
"""Polish phoneme -> the ARPAbet that a phonetician would write for it."""

ACCENTS: tuple[Mapping[str, str], ...] = (
    {},
    {"o": "UH", "e": "AH", "y": "IY", "r": "ER", "ć": "T S", "ś": "S Y", "x": "K", "tS": "T SH"},
    {"y": "IY", "r": "ER", "ć": "T S", "ś": "S Y", "x": "K", "ń": "N"},
    {"o": "UH", "e": "AE", "r": "AH", "ć": "T SH", "ś": "SH Y", "dź": "D Z", "v": "W", "l": "UH L"},
)
"""What the model takes other speakers' sounds for; each is used for a whole word.

Found by decoding sentences of the tuning voices against all plausible phones: the model hears
Polish *o* as UH nearly as often as AO, *e* as AH or AE, final *ć* as T S.
"""


def phonemes(word: str) -> tuple[str, ...]:
    """Return the Polish phonemes of one written word.

    Symbols are those of `ARPABET`'s keys. Letters that Polish does not have are passed over.
    """
    return tuple(_assimilate(_drop_squeezed_w(_read(word.lower()))))


def pronunciations(word: str) -> tuple[str, ...]:
    """Return one to four ARPAbet pronunciations of a written word, one per accent it differs in."""
    sounds = phonemes(word)
    spoken = (" ".join(accent.get(sound, ARPABET[sound]) for sound in sounds) for accent in ACCENTS)
    return tuple(dict.fromkeys(spoken))


def _read(word: str) -> list[str]:
    """Turn letters into phonemes, before neighbours change each other's voice."""
    sounds: list[str] = []
    at = 0
    while at < len(word):
        width = 2 if word[at : at + 2] in _DIGRAPHS else 1
        letters = word[at : at + width]
        after = word[at + width :]
        if letters in "ąę":
            sounds += _nasal(letters, after)
        elif (sound := _DIGRAPHS.get(letters) or _LETTERS.get(letters)) is not None:
            soft_sound, taken = _soften(sound, after)
            sounds += soft_sound if letters != "rz" else ["Zrz"]
            at += taken
        at += width
    return sounds


def _soften(sound: str, after: str) -> tuple[list[str], int]:
    """Apply a following *i*: before a vowel it only softens and is not heard itself."""
    if sound in _VOWEL_LETTERS or not after.startswith("i") or sound in "jl":
        return [sound], 0
    vowel_follows = after[1:2] in _VOWEL_LETTERS and after[1:2] != ""
    if sound in _SOFTENED:
        return [_SOFTENED[sound]], 1 if vowel_follows else 0
    return ([sound, "j"], 1) if vowel_follows else ([sound], 0)


def _nasal(letter: str, after: str) -> list[str]:
    vowel = "o" if letter == "ą" else "e"
    if not after:
        return ["o", "m"] if letter == "ą" else ["e"]
    following = _read(after[:3])
    # Before a fricative the nasal ends in a glide, which English hears as w or n.
    nasal = _NASAL_BEFORE.get(following[0] if following else "", "n")
    return [vowel, nasal] if nasal else [vowel]


def _drop_squeezed_w(sounds: Sequence[str]) -> list[str]:
    """Leave out a *ł* between two obstruents, as speakers do: *jabłko* is heard as *japko*."""
    return [
        sound
        for at, sound in enumerate(sounds)
        if sound != "w"
        or not 0 < at < len(sounds) - 1
        or sounds[at - 1] not in _OBSTRUENTS
        or sounds[at + 1] not in _OBSTRUENTS
    ]


def _assimilate(sounds: Sequence[str]) -> list[str]:
    """Give neighbouring obstruents one voice, and none to those that end the word."""
    result = list(sounds)
    for at, sound in enumerate(result):
        if sound in _PROGRESSIVE:
            plain = "Z" if sound == "Zrz" else sound
            after_voiceless = at > 0 and result[at - 1] in {*_VOICED, "x"}
            result[at] = _VOICELESS[plain] if after_voiceless else plain
    for at in range(len(result) - 1, -1, -1):
        if result[at] in _OBSTRUENTS:
            result[at] = _voiced_as(result[at], voiced=_voice_given(sounds, result, at + 1))
    return result


def _voice_given(sounds: Sequence[str], result: Sequence[str], at: int) -> bool | None:
    """Return the voice that a sound gives to the one before it, None when it gives none."""
    if at == len(result):
        return False
    if result[at] not in _OBSTRUENTS:
        return None
    voiced = result[at] in _VOICELESS
    return None if voiced and sounds[at] in _PROGRESSIVE else voiced


def _voiced_as(sound: str, *, voiced: bool | None) -> str:
    match voiced:
        case None:
            return sound
        case True:
            return _VOICED.get(sound, sound)
        case False:
            return _VOICELESS.get(sound, sound)
