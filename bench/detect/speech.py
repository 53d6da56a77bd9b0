"""Says sentences with espeak-ng, as PCM16 mono at 16 kHz."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Final

VOICES: Final = {
    "pl-PL": ("pl", "pl+klatt2", "pl+klatt4"),
    "en-US": ("en-us", "en-us+klatt2", "en-us+m1"),
}
"""Of each language, in turn."""
WORDS_A_MINUTE: Final = 150
_RAW: Final = ("-t", "raw", "-r", "16000", "-c", "1", "-b", "16", "-e", "signed-integer")
_LEAD_S, _TAIL_S = 0.4, 1.2
_WHOLE_BYTES: Final = 3_200
"""A tenth of a second, of which a recording lasts a whole number."""
_LONGEST_S: Final = 30


def say(text: str, voice: str) -> bytes:
    """Return a sentence with silence around it, behind it enough to end the utterance.

    Raises:
        subprocess.CalledProcessError: a program fails.
    """
    with tempfile.TemporaryDirectory(prefix="detect-") as folder:
        said = str(Path(folder, "said.wav"))
        _run(["espeak-ng", "-v", voice, "-s", str(WORDS_A_MINUTE), "-w", said, text])
        effects = ["gain", "-n", "-3", "pad", str(_LEAD_S), str(_TAIL_S)]
        # -R: the same dither every time.
        pcm = _run(["sox", "-R", "-V1", said, *_RAW, "-", *effects])
    return pcm + bytes(-len(pcm) % _WHOLE_BYTES)


def _run(command: list[str]) -> bytes:
    done = subprocess.run(  # noqa: S603 - our own words, no shell
        command, capture_output=True, check=True, timeout=_LONGEST_S
    )
    return done.stdout
