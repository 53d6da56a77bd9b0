"""An unmodified google-genai, configured by two environment variables, against the emulator."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import EmulatorProcess
from tests.support.speech import SPOKEN, Spoken, check_turns, write_pcm

CLIENT = Path(__file__).parent / "python_turns.py"


@pytest.mark.parametrize("spoken", SPOKEN, ids=lambda spoken: spoken.language)
def test_google_genai_completes_a_spoken_and_a_typed_turn(tmp_path: Path, spoken: Spoken) -> None:
    with EmulatorProcess("--workers", "1", "--playback-speed", "20") as emulator:
        # `-I` keeps PYTHON* variables and this folder out; the environment has nothing else to say.
        finished = subprocess.run(  # noqa: S603  # the command is ours
            [
                *(sys.executable, "-I", CLIENT),
                *(write_pcm(spoken, tmp_path), spoken.language, spoken.typed),
            ],
            env={"PATH": os.environ["PATH"], **emulator.client_environment()},
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        check_turns(finished.stdout, spoken)
        (record,) = emulator.connections()
        assert record["tls"]
        assert record["auth"] == "x-goog-api-key"
        assert record["audio"]["sha256"] == spoken.sha256()
