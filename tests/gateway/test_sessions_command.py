"""Tests for `gateway.sessions_command`'s command line and tables; tests/e2e has its calls."""

from __future__ import annotations

import argparse
import io

import msgspec
import pytest
from rich.console import Console
from rich.table import Table

from gateway import sessions_command
from gateway.sessions_tables import Listing, listed, running, shown
from schemas.admin import (
    InstanceView,
    QueueView,
    SessionDetail,
    Sessions,
    SessionSummary,
)

MOMENT = "2026-11-22T17:30:05.123+00:00"
LATER = "2026-11-22T17:31:05.123+00:00"
UUID = "0a1b2c3d-1111-4222-8333-444455556666"
QUEUE = QueueView(unit="ms", bound=15_000, depth=120, peak=900, dropped=0)
DETAIL = SessionDetail(
    user_id="anna",
    session_id=UUID,
    state="listening",
    created_at=MOMENT,
    last_activity=LATER,
    language="pl-PL",
    link_age_s=12.34,
    links_opened=2,
    restarts=1,
    last_error=None,
    audio_s=61.5,
    products=3,
    prompt_tokens=1_200,
    response_tokens=45,
    uplink=QUEUE,
    inbox=QUEUE,
    outbox=QUEUE,
)


def printed(view: Listing | Table, *, width: int = 80) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width).print(view, crop=False)
    return [line.rstrip() for line in out.getvalue().splitlines()]


async def outcome(*arguments: str) -> int:
    parser = argparse.ArgumentParser(prog="gateway sessions")
    sessions_command.add_arguments(parser)
    return await sessions_command.run(parser.parse_args(arguments))


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ADMIN_TOKEN", raising=False)


def test_list_fits_the_terminal_and_shows_the_latest_first() -> None:
    rows = (
        SessionSummary("anna", UUID, "listening", MOMENT, MOMENT),
        SessionSummary("b" * 128, UUID, "reconnecting", MOMENT, LATER),
    )
    lines = printed(listed(Sessions(2, rows)))
    assert all(len(line) <= 80 for line in lines)
    anna = next(n for n, line in enumerate(lines) if "anna" in line)
    other = next(n for n, line in enumerate(lines) if "reconnecting" in line)
    assert other < anna
    assert "0a1b2c3d" in lines[anna]
    assert "11-22 17:30:05" in lines[anna]
    assert "".join(lines).count("b") >= 128
    assert lines[-1] == "2 active sessions, times in UTC"


def test_list_of_nobody_says_so() -> None:
    assert printed(listed(Sessions(0, ())))[-1] == "0 active sessions, times in UTC"
    one = SessionSummary("anna", UUID, "idle", MOMENT, MOMENT)
    assert printed(listed(Sessions(1, (one,))))[-1] == "1 active session, times in UTC"


def test_where_sessions_run_is_told_if_that_is_more_than_one_place() -> None:
    here = SessionSummary("anna", UUID, "idle", MOMENT, MOMENT, "gateway-one")
    there = SessionSummary("jan", UUID, "idle", MOMENT, MOMENT, "gateway-two")
    assert "gateway-one" not in "".join(printed(listed(Sessions(1, (here,)))))
    both = "".join(printed(listed(Sessions(2, (here, there)))))
    assert "gateway-one" in both
    assert "gateway-two" in both


@pytest.mark.parametrize(
    "name", ["vm-32314-635510d8", "gemini-live-gateway-7d9f8b6c5d-x2x4z-1-ab12"]
)
def test_the_name_of_an_instance_is_never_broken(name: str) -> None:
    there = SessionSummary("anna@shop.example", UUID, "reconnecting", MOMENT, MOMENT, name)
    instances = (InstanceView(name, 1), InstanceView("b", 0))
    sessions = Sessions(1, (there,), instances=instances)
    narrow = printed(listed(sessions, width=80))
    (row,) = [line for line in narrow if name in line]
    assert row.split()[1:] == ["0a1b2c3d", "reconnecting", "11-22", "17:30:05", name]
    assert "".join(line.split()[0] for line in narrow[3:-2]) == "anna@shop.example"
    assert (len(row) <= 80) is (len(name) < 30)
    wide = printed(listed(sessions), width=10_000)
    assert wide[3].split()[3:] == ["11-22", "17:30:05", "11-22", "17:30:05", name]
    assert "Created" in wide[1]


def test_where_the_next_page_begins_is_never_broken() -> None:
    after = f"{'a' * 100}/{UUID}"
    last = printed(listed(Sessions(3, (), next=after)))[-1]
    assert last == f"3 active sessions, times in UTC; the next page: --after {after}"


def test_instances_are_listed_with_how_many_sessions_they_have() -> None:
    instances = tuple(InstanceView("x" * 128, 12) for _ in range(2))
    late = InstanceView("late", None)
    part = Sessions(
        24,
        (),
        complete=False,
        unanswered=("late",),
        problem="not every instance replied in time",
        instances=(*instances, late),
    )
    lines = printed(running(part))
    assert lines[3].split() == ["x" * 128, "12"]
    assert lines[5].split() == ["late", "no", "reply"]
    assert lines[-1] == "3 instances; not all: not every instance replied in time (late)"
    assert printed(running(Sessions(0, (), instances=(late,))))[-1] == "1 instance"


def test_a_list_that_is_not_whole_says_so() -> None:
    part = Sessions(0, (), complete=False, unanswered=("a", "b"), problem="they are late")
    assert "in UTC; not all: they are late (a, b)" in " ".join(printed(listed(part)))
    part = Sessions(0, (), complete=False, problem="Redis is away")
    assert " ".join(printed(listed(part))).endswith("not all: Redis is away")


def test_one_session_is_shown_in_depth() -> None:
    lines = dict(line.split(maxsplit=1) for line in printed(shown(DETAIL)) if " " in line)
    assert lines["user"] == "anna"
    assert lines["session"] == UUID
    assert lines["state"] == "listening"
    assert lines["tokens"] == "prompt 1200, response 45"
    assert lines["cost"] == "not known"
    assert lines["debug"] == "off"
    assert lines["uplink"] == "120 of 15000 ms, at most 900, dropped 0"


def test_what_a_session_costs_and_that_it_is_debugged_is_shown() -> None:
    detail = msgspec.structs.replace(DETAIL, cost=0.01234567, debugged=True)
    lines = dict(line.split(maxsplit=1) for line in printed(shown(detail)) if " " in line)
    assert lines["cost"] == "$ 0.012346"
    assert lines["debug"] == "on: a line in the log for each event"


async def test_without_a_token_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert await outcome("list") == 2
    assert "no admin token: give --token or set ADMIN_TOKEN" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ("--url", "localhost:8000", "--token", "t"),
            "--url localhost:8000: not an address such as",
        ),
        (("--url", "ws://localhost:8000", "--token", "t"), "not an address such as http://"),
        (("--token", "zażółć"), "the admin token has characters that no token has"),
        (("--token", "a\nb"), "the admin token has characters that no token has"),
    ],
)
async def test_wrong_use_is_explained(
    arguments: tuple[str, ...], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await outcome("list", *arguments) == 2
    assert problem in capsys.readouterr().err


@pytest.mark.parametrize(
    "command", ["list", "instances", "watch", "drain", "show anna", "stop anna", "debug anna on"]
)
def test_shared_options_stand_before_the_command_or_behind_it(command: str) -> None:
    parser = argparse.ArgumentParser(prog="gateway sessions")
    sessions_command.add_arguments(parser)
    options = ["--url", "http://there", "--token", "t", "--json"]
    before = parser.parse_args([*options, *command.split()])
    assert (before.url, before.token, before.json) == ("http://there", "t", True)
    assert before == parser.parse_args([*command.split(), *options])
    assert before == parser.parse_args([*options[:2], *command.split(), *options[2:]])
    last = parser.parse_args(["--url", "http://elsewhere", *command.split(), *options])
    assert last == before
    unsaid = parser.parse_args(command.split())
    assert (unsaid.url, unsaid.token, unsaid.json) == (None, None, False)


def test_show_and_stop_want_a_user() -> None:
    parser = argparse.ArgumentParser(prog="gateway sessions")
    sessions_command.add_arguments(parser)
    assert parser.parse_args(["stop", "anna"]).user == "anna"
    for arguments in (["show"], ["stop"], ["debug", "anna"], ["debug", "anna", "yes"], []):
        with pytest.raises(SystemExit) as exit_:
            parser.parse_args(arguments)
        assert exit_.value.code == 2
