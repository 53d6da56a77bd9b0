"""schemathesis against a running gateway: it answers as /openapi.json says, whatever it is asked.

Left out are what is no HTTP call (`/ws`, which OpenAPI can name and not describe), what never ends
(`/sessions/events`) and what ends the service (`/drain`); those have tests of their own.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.gateway_process import ADMIN_TOKEN, GatewayProcess
from tests.support.processes import EmulatorProcess

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"
LEFT_OUT = ("/ws/{user_id}", "/sessions/events", "/drain")
SEED = 20_261_126
EXAMPLES = 30
"""Of each call, besides those of schemathesis' other phases."""
MADE_AT_LEAST = 300
WITHIN_S = 200


@pytest.mark.timeout(WITHIN_S + 60)
@pytest.mark.parametrize("admin", [True, False], ids=["an admin", "nobody"])
def test_every_call_is_answered_as_it_is_described(tmp_path: Path, *, admin: bool) -> None:
    settings = {
        "AUTH_JWT_SECRET": "a-secret-that-is-as-long-as-it-has-to-be-at-least",
        "CALLS_PER_ADMIN": "0",
        "ADMIN_FAILURES_PER_ADDRESS": "0",
    }
    with (
        EmulatorProcess("--ears", "none") as emulator,
        GatewayProcess.on(emulator, settings) as gateway,
    ):
        gateway.line("ready")
        ran = subprocess.run(  # noqa: S603 - installed from our lock
            [
                *(str(SCHEMATHESIS), "run", f"{gateway.http_url}/openapi.json", "--no-color"),
                *("--seed", f"{SEED}", "--max-examples", f"{EXAMPLES}"),
                *("--generation-database", "none"),
                *(word for path in LEFT_OUT for word in ("--exclude-path", path)),
                *(("-H", f"Authorization: Bearer {ADMIN_TOKEN}") if admin else ()),
            ],
            cwd=tmp_path,
            env={**os.environ, "SCHEMATHESIS_HOOKS": ""},
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout
        made = re.search(r"([0-9]+) generated", ran.stdout)
        assert made is not None, ran.stdout
        assert int(made[1]) > MADE_AT_LEAST
        errors = [line for line in gateway.log() if line["severity"] == "ERROR"]
    assert errors == []
