from __future__ import annotations

from pathlib import Path

import pytest

from emulator.listeners import PortWish
from emulator.options import parse_options


def test_the_defaults_suit_a_first_try() -> None:
    options = parse_options([])
    assert options.plain == PortWish(9080)
    assert options.tls == PortWish(9443)
    assert options.ears == "pocketsphinx"
    assert options.behaviour.binary
    assert options.behaviour.pretty
    assert options.behaviour.go_away_after_s is None
    assert options.pace.playback_speed == 1.0


def test_everything_can_be_changed() -> None:
    options = parse_options(
        [
            *("--host", "::1", "--port", "0", "--tls-port", "65535", "--ears", "none"),
            *("--workers", "3", "--script", "s.json", "--json", "--state-dir", "d"),
            *("--until-stdin-closes", "--go-away-after", "600", "--notice", "5"),
            *("--setup-delay", "0.5", "--patience", "1", "--playback-speed", "20"),
            *("--refuse-key", "a", "--refuse-key", "b", "--any-path", "--compact"),
            *("--text-frames", "--half-open-lasts", "3"),
        ]
    )
    assert options.plain.asked == 0
    assert options.tls.asked == 65535
    assert options.workers == 3
    assert options.script == Path("s.json")
    assert options.state_dir == Path("d")
    assert options.behaviour.refused_keys == frozenset({"a", "b"})
    assert not options.behaviour.binary
    assert options.until_stdin_closes
    assert options.behaviour.half_open_lasts_s == 3


def test_it_can_hear_tones_instead_of_speech() -> None:
    assert parse_options(["--ears", "tones"]).ears == "tones"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--port", "70000"], "argument --port: 70000 is not a port"),
        (["--port", "http"], "argument --port: invalid _port value: 'http'"),
        (["--workers", "0"], "argument --workers: 0 is not between 1 and 64"),
        (["--notice", "-1"], "argument --notice: -1 is not between 0 and 86400 seconds"),
        (["--playback-speed", "0"], "argument --playback-speed: 0 is not above 0"),
        (["--ears", "good"], "argument --ears: invalid choice: 'good'"),
    ],
)
def test_a_wrong_option_is_named_and_ends_with_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse_options(arguments)
    assert caught.value.code == 2
    assert complaint in capsys.readouterr().err
