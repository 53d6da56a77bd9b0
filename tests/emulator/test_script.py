from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulator.script import Action, Close, Say, Script, ScriptError, Step, read_action, read_script


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


def test_actions_are_read() -> None:
    assert read_action(b'{"close":{"code":1011,"reason":"x"}}') == Action(close=Close(1011, "x"))
    assert read_action(b'{"go_away":"1.5s"}') == Action(go_away="1.5s")
    assert read_action(b'{"send":{"goAway":{}}}') == Action(send={"goAway": {}})


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "truncated"),
        (b"[]", "Expected `object`"),
        (b"{}", "exactly one of"),
        (b'{"abort":true,"say":{"text":"x"}}', "exactly one of"),
        (b'{"abort":false}', "abort"),
        (b'{"close":{"code":99}}', r"close\.code"),
        (b'{"close":{"code":1006}}', r"`close\.code` 1006 cannot be sent"),
        (b'{"close":{"reason":"x"}}', "missing required field `code`"),
        (b'{"go_away":"soon"}', "go_away"),
        (rb'{"go_away":"10s\n"}', "go_away"),
        ('{"go_away":"\u0661s"}'.encode(), "go_away"),
        (b'{"say":{"text":""}}', r"say\.text"),
        (b'{"explode":true}', "unknown field `explode`"),
    ],
)
def test_a_wrong_action_is_refused_with_the_field(body: bytes, complaint: str) -> None:
    with pytest.raises(ScriptError, match=complaint):
        read_action(body)
