"""The container and Cloud Run's description, as far as can be seen without running them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.settings import Settings, variables
from tests.support.containerfile import Containerfile

ROOT = Path(__file__).parents[2]
VARIABLES = {variable.name: variable for variable in variables().values()}


@pytest.fixture(scope="module")
def containerfile() -> Containerfile:
    return Containerfile.read(ROOT / "Containerfile")


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml.safe_load((ROOT / "cloudrun.yaml").read_text())
    return parsed


def container(service: dict[str, Any]) -> dict[str, Any]:
    (only,) = service["spec"]["template"]["spec"]["containers"]
    assert isinstance(only, dict)
    return only


def test_everything_that_is_copied_exists_and_is_not_ignored(containerfile: Containerfile) -> None:
    kept = {
        line.removeprefix("!")
        for line in (ROOT / ".containerignore").read_text().splitlines()
        if line.startswith("!")
    }
    assert set(containerfile.copied) == kept
    assert all((ROOT / path).exists() for path in containerfile.copied)


def test_it_installs_what_the_lock_pins_and_nothing_else(containerfile: Containerfile) -> None:
    (install,) = [command for command in containerfile.commands if "pip install" in command]
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
    assert any("pip install" in line for line in build)
    assert not any("pip" in line for line in final)


def test_it_is_stopped_by_the_signal_that_drains_it(containerfile: Containerfile) -> None:
    assert containerfile.value("STOPSIGNAL") == "SIGTERM"
    assert json.loads(containerfile.value("CMD")) == ["python", "-m", "gateway", "serve"]


def test_no_secret_is_baked_in(containerfile: Containerfile) -> None:
    secrets = [name for name, variable in VARIABLES.items() if variable.secret]
    assert not any(name in containerfile.text for name in secrets)


def test_every_variable_of_cloud_run_is_one_of_ours_with_a_value_it_may_have(
    service: dict[str, Any],
) -> None:
    for entry in container(service)["env"]:
        variable = VARIABLES[entry["name"]]
        assert variable.secret == ("valueFrom" in entry)
        if not variable.secret:
            assert variable.read({entry["name"]: entry["value"]}) is not None


def test_secrets_come_from_the_secret_manager(service: dict[str, Any]) -> None:
    by_name = {entry["name"]: entry for entry in container(service)["env"]}
    for name in ("GEMINI_API_KEY", "ADMIN_TOKEN", "SESSION_STORE"):
        assert by_name[name]["valueFrom"]["secretKeyRef"]["key"] == "latest"


def test_cloud_run_sets_the_port_itself(service: dict[str, Any]) -> None:
    assert "PORT" not in {entry["name"] for entry in container(service)["env"]}
    (port,) = container(service)["ports"]
    assert str(port["containerPort"]) == VARIABLES["PORT"].default


def test_a_websocket_may_last_for_cloud_runs_longest(service: dict[str, Any]) -> None:
    template = service["spec"]["template"]
    assert template["spec"]["timeoutSeconds"] == 3600
    assert template["spec"]["containerConcurrency"] >= 100
    annotations = template["metadata"]["annotations"]
    assert annotations["run.googleapis.com/sessionAffinity"] == "true"
    assert annotations["run.googleapis.com/cpu-throttling"] == "false"
    assert all(isinstance(value, str) for value in annotations.values())


def test_there_are_several_instances_since_they_share_their_sessions(
    service: dict[str, Any],
) -> None:
    template = service["spec"]["template"]
    annotations = template["metadata"]["annotations"]
    assert annotations["autoscaling.knative.dev/minScale"] == "1"
    most = int(annotations["autoscaling.knative.dev/maxScale"])
    assert (most - 1) * template["spec"]["containerConcurrency"] >= 1_000
    assert "SESSION_STORE" in {entry["name"] for entry in container(service)["env"]}
    assert "run.googleapis.com/network-interfaces" in annotations


def test_the_probes_ask_what_we_answer(service: dict[str, Any]) -> None:
    probes = container(service)
    assert probes["startupProbe"]["httpGet"]["path"] == "/readyz"
    assert probes["livenessProbe"]["httpGet"]["path"] == "/livez"
    for kind in ("startupProbe", "livenessProbe"):
        assert probes[kind]["timeoutSeconds"] <= probes[kind]["periodSeconds"]


def test_the_drain_fits_into_cloud_runs_ten_seconds() -> None:
    settings = Settings.from_environment({})
    assert settings.drain_timeout_s + 1 < 10
    assert settings.drain_s < settings.drain_timeout_s


def test_connections_are_left_before_cloud_run_cuts_them(service: dict[str, Any]) -> None:
    cut_s = service["spec"]["template"]["spec"]["timeoutSeconds"]
    settings = Settings.from_environment({})
    assert settings.connection_age_s + settings.drain_timeout_s < cut_s
