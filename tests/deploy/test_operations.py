"""docs/operations.md against the files and commands that it names."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from gateway import check_command
from gateway.command_line import chosen
from tests.deploy.shared import ROOT, VARIABLES, documents, settings_of, the_container

OPERATIONS = (ROOT / "docs/operations.md").read_text()
SHELL = re.findall(r"```sh\n(.*?)```", OPERATIONS, re.DOTALL)


def test_it_has_every_part() -> None:
    parts = re.findall(r"^## (.*)$", OPERATIONS, re.MULTILINE)
    wanted = ["Install", "Configure", "Deploy on Cloud Run", "Upgrade", "Roll back", "Monitor"]
    assert [part for part in parts if part in wanted] == wanted
    assert "Runbook" in parts


@pytest.mark.parametrize("script", SHELL, ids=[script.split("\n")[0][:40] for script in SHELL])
def test_what_is_to_be_typed_is_shell(script: str) -> None:
    checked = subprocess.run(
        ["/bin/sh", "-n"], input=script, text=True, capture_output=True, check=False
    )
    assert checked.stderr == ""


def test_what_is_to_be_filled_in_is_filled_in_and_nothing_else(tmp_path: Path) -> None:
    (line,) = re.findall(r"^ *(sed -e .*) > build/cloudrun\.yaml$", OPERATIONS, re.MULTILINE)
    values = {"PROJECT": "my-project", "REGION": "europe-west9", "VERSION": "abc1234"}
    template = (ROOT / "cloudrun.yaml").read_text()
    (tmp_path / "cloudrun.yaml").write_text(template)
    filled = subprocess.run(
        ["/bin/sh"],
        input=line,
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], **values},
        text=True,
        capture_output=True,
        check=True,
    ).stdout
    wanted = template
    for name, value in values.items():
        assert f"__{name}__" in template
        wanted = wanted.replace(f"__{name}__", value)
    assert filled == wanted
    assert re.findall(r"__|\b(?:PROJECT|REGION|VERSION)\b", filled) == []
    assert comments(filled) == comments(template)
    service = yaml.safe_load(filled)
    settings = settings_of(the_container(service["spec"]["template"]["spec"]))
    assert (settings.project, settings.audience) == ("my-project", "my-project")


def comments(text: str) -> list[str]:
    return re.findall(r"^ *#.*$", text, re.MULTILINE)


def test_the_secrets_that_the_yaml_names_are_made_and_may_be_read() -> None:
    (service,) = documents("cloudrun.yaml")
    container = the_container(service["spec"]["template"]["spec"])
    sources = [entry.get("valueFrom", {}) for entry in container["env"]]
    named = {source["secretKeyRef"]["name"] for source in sources if source}
    made = set(re.findall(r"gcloud secrets create ([a-z-]+)", OPERATIONS))
    (readable,) = re.findall(r"for SECRET in (.*); do", OPERATIONS)
    assert named == made == set(readable.split())


def test_our_commands_are_called_as_the_install_and_the_image_have_them() -> None:
    containerfile = (ROOT / "Containerfile").read_text()
    assert "pip install ." not in containerfile, "then there would be a script of that name"
    assert '"-m", "gateway"' in containerfile
    deploy = (ROOT / "README.md").read_text().partition("## Deploy")[2].partition("## Layout")[0]
    for document in (OPERATIONS, deploy):
        calls = re.findall(r"(\S+ \S+ )?\bgateway (?:check|serve|sessions|talk)\b", document)
        assert calls
        assert [call for call in calls if not re.search(r"\bpython -m $", call)] == []


def test_our_commands_in_the_documents_are_ones_that_there_are() -> None:
    typed = re.compile(
        r"(?:python -m |\.venv/bin/)gateway ((?:check|serve|sessions|talk)\b[^\n`#]*)"
    )
    lines = typed.findall(OPERATIONS) + typed.findall((ROOT / "README.md").read_text())
    assert len(lines) > 10
    for line in lines:
        assert callable(chosen(shlex.split(line))), line


def test_the_command_line_and_the_yaml_deploy_the_same() -> None:
    (service,) = documents("cloudrun.yaml")
    spec = service["spec"]["template"]["spec"]
    annotations = service["spec"]["template"]["metadata"]["annotations"]
    (deploy,) = [script for script in SHELL if script.count("--set-secrets")]
    options = dict(re.findall(r"--([a-z-]+) (?!-)([^ \\\n]+)", deploy))
    assert options["timeout"] == str(spec["timeoutSeconds"])
    assert options["concurrency"] == str(spec["containerConcurrency"])
    assert options["min-instances"] == annotations["autoscaling.knative.dev/minScale"]
    assert options["max-instances"] == annotations["autoscaling.knative.dev/maxScale"]
    limits = the_container(spec)["resources"]["limits"]
    assert (options["cpu"], options["memory"]) == (limits["cpu"], limits["memory"])
    set_there = set(re.findall(r"[ ,\"]([A-Z_]{4,})=", deploy))
    optional = {"LOG_LEVEL", "GEMINI_MODEL", "SESSION_LANGUAGE"}  # at their defaults
    assert set_there == {entry["name"] for entry in the_container(spec)["env"]} - optional


def test_every_variable_that_it_names_is_one_of_ours() -> None:
    table = OPERATIONS.partition("## Configure")[2].partition("Before anything")[0]
    names = {name.partition("=")[0] for name in re.findall(r"`([A-Z][A-Z_]{5,}[^`]*)`", table)}
    assert names
    assert names <= set(VARIABLES)


def test_the_exit_codes_are_those_of_the_command() -> None:
    codes = {int(code) for code in re.findall(r"^\| (\d) \|", OPERATIONS, re.MULTILINE)}
    assert codes == {
        check_command.WELL,
        check_command.WRONG_SETTINGS,
        check_command.NO_GEMINI,
        check_command.NO_STORE,
        check_command.NO_KEYS,
    }
