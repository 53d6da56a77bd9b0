"""Tests for `gateway.talk_options` and the addresses of `gateway.talk_socket`."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from gateway.addresses import BadAddress
from gateway.talk_options import FAST, BadToken, Options, add_arguments
from gateway.talk_socket import address


@pytest.fixture(autouse=True)
def _no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)


def parsed(*arguments: str) -> Options:
    parser = argparse.ArgumentParser(prog="gateway talk")
    add_arguments(parser)
    return Options.of(parser.parse_args(arguments))


def test_files_alone_are_said_at_the_pace_of_speech_to_the_gateway_here() -> None:
    options = parsed("a.wav", "b.wav")
    assert options == Options(
        files=["a.wav", "b.wav"],
        text=[],
        typed=[],
        urls=["ws://localhost:8000"],
        user="talk",
        token=None,
        language=None,
        expect=None,
        expect_at_least=None,
        json=False,
        speed=1.0,
    )


def test_every_option_is_read() -> None:
    options = parsed(
        *("--text", "Dodaj mleko", "--text", "Dodaj ser", "--url", "wss://example.org"),
        *("--user", "anna", "--language", "en-US", "--expect", "e.json"),
        *(
            "--expect-at-least",
            "11",
            "--url",
            "ws://localhost:8002",
            "--json",
            "--fast",
            "--typed",
            "Dodaj miód",
            "-",
        ),
    )
    assert options.files == ["-"]
    assert options.text == ["Dodaj mleko", "Dodaj ser"]
    assert options.typed == ["Dodaj miód"]
    assert options.urls == ["wss://example.org", "ws://localhost:8002"]
    assert (options.user, options.language) == ("anna", "en-US")
    assert (options.expect, options.expect_at_least) == (Path("e.json"), 11)
    assert options.json
    assert options.speed == FAST
    assert parsed("a.wav", "--realtime").speed == 1.0


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--language", "polski język"], "not a language tag such as pl-PL"),
        (["--expect-at-least", "-1"], "invalid"),
        (["--fast", "--realtime"], "not allowed with argument"),
    ],
)
def test_wrong_use_is_explained(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_:
        parsed("a.wav", *arguments)
    assert exit_.value.code == 2
    assert problem in capsys.readouterr().err


def test_a_token_comes_from_the_command_line_or_else_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TOKEN", " a.b.c ")
    assert parsed("a.wav").token == "a.b.c"  # noqa: S105 - made up
    assert parsed("a.wav", "--token", "d.e.f").token == "d.e.f"  # noqa: S105 - made up
    with pytest.raises(BadToken, match="characters that no token has"):
        parsed("a.wav", "--token", "a b")


def test_gateway_here_is_on_the_environments_port_unless_a_url_says_where(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PORT", " 9001 ")
    assert parsed("a.wav").urls == ["ws://localhost:9001"]
    assert parsed("a.wav", "--url", "ws://localhost:9002").urls == ["ws://localhost:9002"]
    monkeypatch.setenv("PORT", "")
    assert parsed("a.wav").urls == ["ws://localhost:8000"]


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "²"])
def test_port_that_nobody_can_be_called_on_is_refused(
    port: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(BadAddress, match=r"^PORT: a whole number from 1 to 65535, or .* --url$"):
        parsed("a.wav")
    assert parsed("a.wav", "--url", "ws://there").urls == ["ws://there"]


@pytest.mark.parametrize(
    ("url", "base", "user"),
    [
        ("ws://localhost:8000/ws/you", "ws://localhost:8000", "you"),
        ("http://localhost:8000/ws/you/", "http://localhost:8000", "you"),
        ("wss://example.org/gateway/ws/a%40b.pl", "wss://example.org/gateway", "a@b.pl"),
        ("ws://localhost:8000", "ws://localhost:8000", "talk"),
        ("https://example.org/gateway/", "https://example.org/gateway/", "talk"),
    ],
)
def test_url_is_the_gateways_or_a_users_as_the_gateway_prints_it(
    url: str, base: str, user: str
) -> None:
    options = parsed("a.wav", "--url", url)
    assert (options.urls, options.user) == ([base], user)


def test_all_urls_and_the_option_name_one_user() -> None:
    one, other = "ws://one/ws/anna", "ws://other/ws/jan"
    assert parsed("a.wav", "--url", one, "--url", "ws://two").user == "anna"
    assert parsed("a.wav", "--url", one, "--user", "anna").user == "anna"
    for more in (["--url", other], ["--user", "jan"]):
        with pytest.raises(BadAddress, match=r"^--url .*'s, and .* is to talk: leave one out$"):
            parsed("a.wav", "--url", one, *more)


@pytest.mark.parametrize(
    "url",
    [
        *("localhost:8000", "ftp://localhost", "ws://", "ws://a:b", "ws://a/ws", "ws://a/ws/"),
        *("ws://a/ws/anna/more", "ws://a/ws/anna?x=1", "ws://a#ws"),
    ],
)
def test_url_that_is_neither_is_refused_by_the_options_name(url: str) -> None:
    with pytest.raises(BadAddress, match=r"^--url.* an address such as ws://localhost:8000 or "):
        parsed("a.wav", "--url", url)


def test_token_in_a_url_is_not_shown() -> None:
    with pytest.raises(BadAddress, match="a token goes into --token") as refused:
        parsed("a.wav", "--url", "ws://a/ws/anna?access_token=a.b.c")
    assert "a.b.c" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "user", "uri"),
    [
        ("ws://localhost:8000", "anna", "ws://localhost:8000/ws/anna"),
        ("http://[::1]:8000/", "a@b.pl", "ws://[::1]:8000/ws/a@b.pl"),
        ("https://example.org/gateway", "a/b", "wss://example.org/gateway/ws/a%2Fb"),
        ("wss://example.org", "~zażółć", "wss://example.org/ws/~za%C5%BC%C3%B3%C5%82%C4%87"),
    ],
)
def test_address_is_made_of_url_and_user(url: str, user: str, uri: str) -> None:
    assert address(url, user) == uri


@pytest.mark.parametrize(
    "url", ["localhost:8000", "ftp://localhost", "ws://", "ws://[::1", "ws://a:b"]
)
def test_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadAddress, match="not an address such as"):
        address(url, "anna")
