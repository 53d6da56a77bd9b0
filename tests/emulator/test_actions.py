from __future__ import annotations

import pytest

from emulator.actions import Action, Close, GoAway, ScriptError, read_action


def test_actions_are_read() -> None:
    assert read_action(b'{"close":{"code":1011,"reason":"x"}}') == Action(close=Close(1011, "x"))
    assert read_action(b'{"go_away":"1.5s"}') == Action(go_away="1.5s")
    assert read_action(b'{"send":{"goAway":{}}}') == Action(send={"goAway": {}})
    assert read_action(b'{"go_away":{"time_left":"2s"}}') == Action(go_away=GoAway("2s"))
    assert read_action(b'{"mute":false}') == Action(mute=False)
    assert read_action(b'{"mute":"generation"}') == Action(mute="generation")
    assert read_action(b'{"stall_reads":0}') == Action(stall_reads=0)


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
        (b'{"go_away":{"time_left":"2"}}', r"go_away\.time_left"),
        (b'{"go_away":{"time_left":"2s","then":"stay"}}', r"go_away\.then"),
        (b'{"go_away":{"then":"abort"}}', r"missing required field `time_left`.*go_away"),
        (b'{"mute":"later"}', "mute"),
        (b'{"half_open":false}', "half_open"),
        (b'{"stall_reads":-1}', "stall_reads"),
        (b'{"pong_delay":"30s"}', "pong_delay"),
        (b'{"send_text":{}}', "send_text"),
        (b'{"send_filler":0}', "send_filler"),
        (b'{"mute":false,"abort":true}', "exactly one of"),
        (b'{"explode":true}', "unknown field `explode`"),
    ],
)
def test_a_wrong_action_is_refused_with_the_field(body: bytes, complaint: str) -> None:
    with pytest.raises(ScriptError, match=complaint):
        read_action(body)
