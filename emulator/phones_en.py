"""Says how an English word sounds: the bundled dictionary's word for it, and the few it lacks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from emulator import sphinx

MISSING: Mapping[str, tuple[str, ...]] = {
    "baguettes": ("B AE G EH T S",),
    "breadcrumbs": ("B R EH D K R AH M Z",),
    "cauliflowers": ("K AO L AH F L AW ER Z",),
    "chickpeas": ("CH IH K P IY Z",),
    "cornflakes": ("K AO R N F L EY K S",),
    "courgette": ("K UH R ZH EH T",),
    "courgettes": ("K UH R ZH EH T S",),
    "ketchups": ("K EH CH AH P S",),
    "lettuces": ("L EH T AH S IH Z",),
    "litre": ("L IY T ER",),
    "litres": ("L IY T ER Z",),
    "mangos": ("M AE NG G OW Z",),
    "margarines": ("M AA R JH ER AH N Z",),
    "nappies": ("N AE P IY Z",),
    "shrimps": ("SH R IH M P S",),
    "sweetcorn": ("S W IY T K AO R N",),
    "tinned": ("T IH N D",),
    "yoghurt": ("Y OW G ER T", "Y AA G ER T"),
    "yoghurts": ("Y OW G ER T S", "Y AA G ER T S"),
    "yogurts": ("Y OW G ER T S",),
}
"""Words of the lexicon that the bundled dictionary does not have, in ARPAbet."""


def pronunciations(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Look words up, each with all its variants; unknown ones are left out."""
    wanted = frozenset(words)
    found: dict[str, tuple[str, ...]] = {}
    bundled = Path(sphinx.model_path(), "en-us", "cmudict-en-us.dict")
    for line in bundled.read_text(encoding="utf-8").splitlines():
        entry, _, phones = line.partition(" ")
        word = entry.partition("(")[0]
        if word in wanted:
            found[word] = (*found.get(word, ()), phones)
    return {word: MISSING[word] for word in wanted & MISSING.keys()} | found
