"""What the descriptions for platforms have in common: they are valid, and set what we know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

import yaml
from jsonschema import Draft202012Validator

from gateway.settings import Settings, variables

ROOT = Path(__file__).parents[2]
VARIABLES = {variable.name: variable for variable in variables().values()}
STAND_INS = {"SESSION_STORE": "rediss://:a-password@redis.example:6379/0"}
Node: TypeAlias = dict[str, Any]


def documents(path: str) -> list[Node]:
    """Return what a YAML file holds."""
    return list(yaml.safe_load_all((ROOT / path).read_text()))


def problems(document: Node, schema: str) -> list[str]:
    """Return what a schema of `tests/deploy/schemas` finds wrong, each with its place."""
    text = (Path(__file__).parent / "schemas" / schema).read_text()
    validator = Draft202012Validator(json.loads(text))
    return [
        f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)
    ]


def the_container(spec: Node) -> Node:
    """Return the only container of a pod."""
    (only,) = spec["containers"]
    assert isinstance(only, dict)
    return only


def settings_of(container: Node) -> Settings:
    """Return what the service makes of the container's environment.

    Every variable must be one of ours, with a value it may have; a secret comes from a secret, and
    nothing else does.
    """
    environment: dict[str, str] = {"HOST": "0.0.0.0"}  # noqa: S104 - as the Containerfile has it
    for entry in container["env"]:
        variable = VARIABLES[entry["name"]]
        source = entry.get("valueFrom", {})
        assert variable.secret == ("secretKeyRef" in source), variable.name
        stand_in = STAND_INS.get(variable.name, f"a-stand-in-for-{variable.name}"[:40])
        environment[variable.name] = entry.get("value", stand_in)
    return Settings.from_environment(environment)
