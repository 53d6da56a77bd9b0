from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulator.actions import Action, Say, ScriptError
from emulator.faults import Rule
from emulator.script import Script, Step, read_script


def written(directory: Path, script: object) -> Path:
    path = directory / "script.json"
    path.write_text(json.dumps(script))
    return path


def test_a_script_gives_each_connection_its_steps(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        {
            "connections": [
                {"connection": 2, "steps": [{"after_audio_ms": 500, "do": {"abort": True}}]},
                {"connection": "all", "steps": [{"on": "turn", "do": {"say": {"text": "hi"}}}]},
                {"connection": 1, "steps": []},
            ]
        },
    )
    script = read_script(path)
    everyone = [Step(do=Action(say=Say("hi")), on="turn")]
    assert script.steps_for(1) == [everyone]
    assert script.steps_for(2) == [[Step(do=Action(abort=True), after_audio_ms=500)], everyone]
    assert Script().steps_for(1) == []


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ({"do": {"abort": True}}, "exactly one of `after_ms`"),
        ({"on": "turn", "after_ms": 1, "do": {"abort": True}}, "exactly one of `after_ms`"),
        ({"on": "later", "do": {"abort": True}}, r"Invalid enum value 'later'.*steps\[0\]\.on"),
        ({"after_ms": -1, "do": {"abort": True}}, "after_ms"),
        ({"on": "turn", "do": {}}, "exactly one of `close`"),
    ],
)
def test_a_wrong_step_is_named(tmp_path: Path, step: object, complaint: str) -> None:
    path = written(tmp_path, {"connections": [{"connection": 1, "steps": [step]}]})
    with pytest.raises(ScriptError, match=complaint) as caught:
        read_script(path)
    assert str(path) in str(caught.value)


def test_a_script_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match=r"missing\.json: No such file"):
        read_script(tmp_path / "missing.json")


def test_a_scripts_rules_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, {"faults": [{"connections": "all", "abort_at_setup": True}]})
    assert read_script(path).faults == [Rule(connections="all", abort_at_setup=True)]


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ({"connections": 1}, "a rule has one or more of `refuse`"),
        ({"connections": 1, "refuse": {"status": 200}}, r"faults\[0\]\.refuse\.status"),
    ],
)
def test_a_wrong_rule_is_named(tmp_path: Path, rule: object, complaint: str) -> None:
    with pytest.raises(ScriptError, match=complaint):
        read_script(written(tmp_path, {"faults": [rule]}))
