"""The container's description, as far as can be seen without building it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from gateway.settings import variables
from tests.support.containerfile import Containerfile

ROOT = Path(__file__).parents[2]
VARIABLES = {variable.name: variable for variable in variables().values()}


@pytest.fixture(scope="module")
def containerfile() -> Containerfile:
    return Containerfile.read(ROOT / "Containerfile")


def test_everything_that_is_copied_exists_and_is_not_ignored(containerfile: Containerfile) -> None:
    kept = {
        line.removeprefix("!")
        for line in (ROOT / ".containerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert set(containerfile.copied) == kept
    assert all((ROOT / path).exists() for path in containerfile.copied)


def test_it_installs_what_the_lock_pins_and_nothing_else(containerfile: Containerfile) -> None:
    (install,) = [command for command in containerfile.commands if "-m pip" in command]
    assert "--require-hashes" in install
    assert "-r requirements.lock" in install


def test_it_does_not_run_as_root_and_brings_no_curl(containerfile: Containerfile) -> None:
    assert containerfile.value("USER") == "10001"
    assert "curl" not in containerfile.text
    assert "apt" not in containerfile.text


def test_it_is_built_in_two_stages_and_the_second_has_no_pip_run(
    containerfile: Containerfile,
) -> None:
    build, final = containerfile.stages
    assert any("-m pip" in line for line in build)
    assert not any("-m pip" in line for line in final)


def test_both_stages_are_one_image_of_one_version_without_a_compiler(
    containerfile: Containerfile,
) -> None:
    default = containerfile.value("ARG").partition("=")[2]
    assert re.fullmatch(r"python:3\.\d+\.\d+-slim-[a-z]+", default)
    assert [stage[0].split()[1] for stage in containerfile.stages] == ["${PYTHON_IMAGE}"] * 2
    assert not re.search(r"\b(gcc|build-essential|clang|make)\b", containerfile.text)


def test_what_it_sets_is_of_the_settings_or_of_python_and_its_probe_knows_the_port(
    containerfile: Containerfile,
) -> None:
    *_, last = (rest for name, rest in containerfile.instructions if name == "ENV")
    names = {pair.partition("=")[0] for pair in last.split()}
    assert names - set(VARIABLES) == {"PATH", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}
    assert "'PORT'" in containerfile.value("HEALTHCHECK")
    assert "/livez" in containerfile.value("HEALTHCHECK")


def test_it_is_stopped_by_the_signal_that_drains_it(containerfile: Containerfile) -> None:
    assert containerfile.value("STOPSIGNAL") == "SIGTERM"
    assert json.loads(containerfile.value("CMD")) == ["python", "-m", "gateway", "serve"]


def test_no_secret_is_baked_in(containerfile: Containerfile) -> None:
    secrets = [name for name, variable in VARIABLES.items() if variable.secret]
    assert not any(name in containerfile.text for name in secrets)
