from __future__ import annotations

import pytest

from emulator.actions import Action, Close, ScriptError, read_action


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
