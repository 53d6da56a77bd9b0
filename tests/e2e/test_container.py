"""The Containerfile's own commands, run in a directory of their own instead of an image."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.containerfile import Containerfile
from tests.support.gateway_process import ROOT, GatewayProcess, environment

VENV = "/opt/venv"
READ_ONLY = """
import os, runpy, sys
def refuse(event, args):
    if event == "open" and args[0] not in (os.devnull, None):
        if isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            raise OSError(30, "this file system is read-only", args[0])
    elif event in ("os.mkdir", "os.rename", "os.remove", "tempfile.mkstemp", "tempfile.mkdtemp"):
        raise OSError(30, "this file system is read-only", str(args[0]))
sys.addaudithook(refuse)
sys.argv = ["gateway", "serve"]
runpy.run_module("gateway", run_name="__main__")
"""
"""Python that refuses to write files, as it would in a container started with --read-only."""
INSTALL_WITHIN_S = 300


@dataclass(frozen=True, slots=True)
class Image:
    """What would be the image: the virtual environment and the working directory."""

    containerfile: Containerfile
    venv: Path
    workdir: Path

    @property
    def path(self) -> str:
        """PATH inside."""
        return f"{self.venv / 'bin'}{os.pathsep}{os.defpath}"

    def start_command(self) -> list[str]:
        """Return what CMD starts, with the executable looked up as the engine would."""
        name, *arguments = json.loads(self.containerfile.value("CMD"))
        executable = shutil.which(name, path=self.path)
        assert executable is not None
        assert Path(executable).is_relative_to(self.venv)
        return [executable, *arguments]


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    root = tmp_path_factory.mktemp("image")
    containerfile = Containerfile.read(ROOT / "Containerfile")
    built = Image(containerfile, venv=root / "venv", workdir=root / "app")
    built.workdir.mkdir()
    for name in containerfile.copied:
        source, target = ROOT / name, built.workdir / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command in containerfile.commands:
        if command.startswith("useradd"):
            continue  # this machine's users are none of a test's business
        subprocess.run(  # noqa: S603 - our own Containerfile
            ["/bin/sh", "-euc", command.replace(VENV, str(built.venv))],
            cwd=built.workdir,
            env={**os.environ, "PATH": path},
            timeout=INSTALL_WITHIN_S,
            check=True,
        )
    return built


@pytest.mark.timeout(INSTALL_WITHIN_S + 60)
def test_what_is_installed_serves_is_found_healthy_and_stops_at_sigterm(image: Image) -> None:
    settings = {"GEMINI_API_KEY": "a-key-that-is-not-used", "PYTHONPATH": "", "PATH": image.path}
    with GatewayProcess(
        settings, command=image.start_command(), directory=image.workdir
    ) as gateway:
        assert gateway.get("/livez") == (200, {"status": "ok"})
        gateway.line("ready")
        port = gateway.port
        assert check_health(image, port) == 0
        gateway.terminate()
        assert gateway.wait() == 0
    assert check_health(image, port) != 0


@pytest.mark.timeout(INSTALL_WITHIN_S + 60)
def test_it_serves_where_no_file_can_be_written(image: Image) -> None:
    settings = {"GEMINI_API_KEY": "a-key-that-is-not-used", "PYTHONPATH": "", "PATH": image.path}
    python, *_ = image.start_command()
    command = [python, "-c", READ_ONLY]
    with GatewayProcess(settings, command=command, directory=image.workdir) as gateway:
        gateway.line("ready")
        assert gateway.get("/health")[0] == 200
        gateway.terminate()
        assert gateway.wait() == 0
    assert gateway.stderr == ""


@pytest.mark.timeout(INSTALL_WITHIN_S + 60)
def test_the_environment_has_no_installer(image: Image) -> None:
    assert not list((image.venv / "bin").glob("pip*"))
    assert not list(image.venv.glob("lib/*/site-packages/pip"))


@pytest.mark.timeout(INSTALL_WITHIN_S + 60)
def test_without_a_key_it_refuses_to_start_since_it_brings_no_emulator(image: Image) -> None:
    ended = subprocess.run(  # noqa: S603 - our own Containerfile
        image.start_command(),
        env=environment({"PYTHONPATH": "", "PATH": image.path}),
        cwd=image.workdir,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.count("\n") == 1
    assert "GEMINI_API_KEY is not set" in ended.stderr


def check_health(image: Image, port: int) -> int:
    """Run HEALTHCHECK's command; return its exit code."""
    _, _, command = image.containerfile.value("HEALTHCHECK").partition(" CMD ")
    name, *arguments = json.loads(command)
    executable = shutil.which(name, path=image.path)
    assert executable is not None
    return subprocess.run(  # noqa: S603 - our own Containerfile
        [executable, *arguments],
        env=environment({"PORT": str(port)}),
        capture_output=True,
        timeout=10,
        check=False,
    ).returncode
