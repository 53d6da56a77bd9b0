from __future__ import annotations

import importlib.util
import sys

from gateway.emulator_child import EmulatorReady, emulator_command

READY = EmulatorReady("ready", "http://127.0.0.1:9080", "https://localhost:9443", "/c.pem", 1)


def test_the_emulator_ends_with_us_and_speaks_json() -> None:
    command = emulator_command("none")(None)
    assert command[:3] == [sys.executable, "-m", "emulator"]
    assert "--until-stdin-closes" in command
    assert "--json" in command


def test_it_chooses_its_ports_the_first_time() -> None:
    assert "--port" not in emulator_command("none")(None)


def test_it_is_started_again_on_the_ports_it_had() -> None:
    assert emulator_command("none")(READY)[-4:] == ["--port", "9080", "--tls-port", "9443"]


def test_it_hears_as_the_settings_say() -> None:
    assert emulator_command("none")(None)[-2:] == ["--ears", "none"]
    assert emulator_command("pocketsphinx")(None)[-2:] == ["--ears", "pocketsphinx"]


def test_it_hears_with_what_is_installed_unless_told() -> None:
    installed = importlib.util.find_spec("pocketsphinx") is not None
    expected = "pocketsphinx" if installed else "none"
    assert emulator_command("auto")(None)[-2:] == ["--ears", expected]
