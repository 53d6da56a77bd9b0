"""An unmodified @google/genai, configured by `httpOptions.baseUrl`, against the emulator."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.node import NODE, install
from tests.support.processes import EmulatorProcess
from tests.support.speech import SPOKEN, Spoken, check_turns, write_pcm

JS = Path(__file__).parent / "js"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the client as its lock file says, outside the source tree; return its folder."""
    return install(JS, tmp_path_factory.mktemp("js"))


@pytest.mark.timeout(200)
@pytest.mark.parametrize("spoken", SPOKEN, ids=lambda spoken: spoken.language)
def test_google_genai_for_js_completes_a_spoken_and_a_typed_turn(
    client: Path, tmp_path: Path, spoken: Spoken
) -> None:
    with EmulatorProcess("--workers", "1", "--playback-speed", "20") as emulator:
        finished = subprocess.run(  # noqa: S603  # the command is ours
            [
                *(NODE, "turns.mjs", emulator.plain_url),
                *(write_pcm(spoken, tmp_path), spoken.language, spoken.typed),
            ],
            cwd=client,
            env={},
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )
        assert finished.returncode == 0, finished.stderr
        check_turns(finished.stdout, spoken)
        (record,) = emulator.connections()
        assert not record["tls"]
        assert record["audio"]["sha256"] == spoken.sha256()
