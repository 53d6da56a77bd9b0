from __future__ import annotations

import pytest

from emulator.actions import Close, ScriptError
from emulator.faults import Faults, HandleRefusal, Next, Refusal, Rule, read_rule


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (
            b'{"connections":"all","refuse":{"status":503,"body":"down"}}',
            Rule(connections="all", refuse=Refusal(503, "down")),
        ),
        (
            b'{"connections":{"next":2},"only":"resumed","handles":"poison"}',
            Rule(connections=Next(2), only="resumed", handles="poison"),
        ),
        (
            b'{"connections":3,"handles":{"refuse":{"code":1008,"reason":"no"}}}',
            Rule(connections=3, handles=HandleRefusal(Close(1008, "no"))),
        ),
        (
            b'{"connections":1,"setup_delay":0.5,"first_message":{"goAway":{}}}',
            Rule(connections=1, setup_delay=0.5, first_message={"goAway": {}}),
        ),
    ],
)
def test_rules_are_read(body: bytes, rule: Rule) -> None:
    assert read_rule(body) == rule


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "truncated"),
        (b'{"abort_at_setup":true}', "missing required field `connections`"),
        (b'{"connections":"all"}', "one or more of `refuse`"),
        (b'{"connections":0,"abort_at_setup":true}', r">= 1 - at `\$\.connections"),
        (b'{"connections":{"next":0},"abort_at_setup":true}', r"connections\.next"),
        (b'{"connections":"some","abort_at_setup":true}', r"\$\.connections"),
        (b'{"connections":1,"only":"old","abort_at_setup":true}', r"\$\.only"),
        (b'{"connections":1,"abort_at_setup":false}', r"\$\.abort_at_setup"),
        (b'{"connections":1,"refuse":{"status":302}}', r"\$\.refuse\.status"),
        (b'{"connections":1,"refuse":503}', r"\$\.refuse"),
        (b'{"connections":1,"setup_delay":-1}', r"\$\.setup_delay"),
        (b'{"connections":1,"close_at_setup":{"code":1006}}', r"`close_at_setup\.code` 1006"),
        (b'{"connections":1,"handles":{"refuse":{"code":1005}}}', r"`handles\.refuse\.code` 1005"),
        (b'{"connections":1,"handles":"lose"}', r"\$\.handles"),
        (b'{"connections":1,"explode":true}', "unknown field `explode`"),
        (b'{"connections":1,"only":"fresh","refuse":{"status":401}}', "`only` asks for a setup"),
        (b'{"connections":1,"setup_never":true,"abort_at_setup":true}', "only one of `setup_nev"),
        (b'{"connections":1,"not_resumable":true,"handle_with_false":true}', "only one of `not_r"),
    ],
)
def test_a_wrong_rule_is_refused_with_the_field(body: bytes, complaint: str) -> None:
    with pytest.raises(ScriptError, match=complaint):
        read_rule(body)


def test_a_rules_faults_are_those_that_it_sets() -> None:
    assert Rule(connections=1, setup_delay=0).faults() == Faults(setup_delay=0)


def test_later_faults_count_where_they_contradict_earlier_ones() -> None:
    earlier = Faults(setup_delay=1, abort_at_setup=True)
    assert earlier.under(Faults(setup_delay=0)) == Faults(setup_delay=0, abort_at_setup=True)
