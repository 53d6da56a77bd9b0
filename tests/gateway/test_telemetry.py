from __future__ import annotations

import asyncio
import io
import logging
import re
import warnings
from collections.abc import Iterator

import pytest

from actors.ports import CannotCheck
from gateway.access.key_set import Fetched, FetchFailed, KeySet
from gateway.process_lines import OfTheProcess
from gateway.setting_values import Secret
from gateway.telemetry import configure, session_lines
from gateway.trace_context import TraceContext
from tests.support.a_log import KEY, Log, restored_logging


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    with restored_logging():
        yield


@pytest.fixture
def log() -> Log:
    return Log("INFO")


def test_a_line_has_cloud_loggings_fields_and_our_facts(log: Log) -> None:
    log.observer.note("link_opened", attempt=2, resumed=False, reason=None)
    (line,) = log.lines
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("time"))
    assert line == {
        "severity": "INFO",
        "message": "link_opened",
        "attempt": 2,
        "resumed": False,
        "reason": None,
    }


def test_warnings_and_failures_have_their_severities(log: Log) -> None:
    log.observer.warn("link_lost")
    log.observer.fail("session_broke", ValueError("oh"))
    assert [line["severity"] for line in log.lines] == ["WARNING", "ERROR"]


def test_a_traceback_is_one_field_of_one_line(log: Log) -> None:
    try:
        _ = 1 // 0
    except ZeroDivisionError as exc:
        log.observer.fail("session_broke", exc, products=3)
    (line,) = log.lines
    assert line["stack_trace"].startswith("Traceback (most recent call last):\n")
    assert line["stack_trace"].endswith("ZeroDivisionError: integer division or modulo by zero")
    assert line["products"] == 3
    assert "exc_info" not in line


async def test_every_line_of_a_session_names_it_and_no_other_line_does(log: Log) -> None:
    async def a_task_of_the_session() -> None:
        log.observer.note("link_opened")
        logging.getLogger("websockets.client").warning("from a library")

    with session_lines(session_id="s-1", user_id="anna"):
        async with asyncio.TaskGroup() as group:
            group.create_task(a_task_of_the_session(), name="a task")
    log.observer.note("listening")
    ours, theirs, outside = log.lines
    assert (ours["session_id"], ours["user_id"]) == ("s-1", "anna")
    assert (theirs["session_id"], theirs["user_id"]) == ("s-1", "anna")
    assert "session_id" not in outside


async def test_a_session_that_goes_on_with_another_is_called_as_that_from_then_on(log: Log) -> None:
    async def a_task_of_the_session() -> None:
        log.observer.note("link_opened")

    with session_lines(session_id="s-2", user_id="anna"):
        log.observer.note("session_connected")
        log.observer.rename("s-1")
        log.observer.note("session_introduced")
        async with asyncio.TaskGroup() as group:
            group.create_task(a_task_of_the_session(), name="a task")
    log.observer.note("listening")
    assert [line.get("session_id") for line in log.lines] == ["s-2", "s-1", "s-1", None]
    assert [line.get("user_id") for line in log.lines] == ["anna", "anna", "anna", None]


def test_lines_of_libraries_look_the_same_and_say_whose_they_are(log: Log) -> None:
    logging.getLogger("uvicorn.error").error("Exception in %s\n", "ASGI application")
    (line,) = log.lines
    assert line["message"] == "Exception in ASGI application"
    assert (line["severity"], line["logger"]) == ("ERROR", "uvicorn.error")


def test_python_warnings_are_lines_too(log: Log) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(capture=True)
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    (line,) = log.lines
    assert (line["severity"], line["logger"]) == ("WARNING", "py.warnings")
    assert "DeprecationWarning: old" in line["message"]


def test_lines_below_the_level_are_not_written() -> None:
    log = Log("WARNING")
    log.observer.note("link_opened")
    log.observer.warn("link_lost")
    assert [line["message"] for line in log.lines] == ["link_lost"]


@pytest.mark.parametrize(
    "name", ["websockets.client", "httpx2", "httpcore2.http11", "google_genai.live", "uvicorn"]
)
def test_libraries_do_not_say_what_they_send_even_at_debug(name: str) -> None:
    log = Log("DEBUG")
    logging.getLogger(name).debug("> x-goog-api-key: hidden")
    logging.getLogger(name).info("GET /?key=hidden")
    logging.getLogger("gateway").debug("ours is written")
    assert [line["message"] for line in log.lines] == ["ours is written"]


def test_libraries_are_no_louder_than_the_level_asked_for() -> None:
    log = Log("ERROR")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    assert log.lines == []


def test_a_secret_is_blacked_out_wherever_it_turns_up(log: Log) -> None:
    logging.getLogger("google_genai").warning("key %s is odd", KEY.text)
    log.observer.fail("session_broke", ValueError(KEY.text), url=f"https://x/?key={KEY.text}")
    assert "geheim" not in log.text
    assert log.text.count("[secret]") >= 3
    assert len(log.lines) == 2


def test_a_secret_too_short_to_be_one_is_left_alone() -> None:
    stream = io.StringIO()
    configure(level="INFO", stream=stream, secrets=[Secret("link")]).note("link_opened")
    logging.getLogger().handlers[0].flush()
    assert "link_opened" in stream.getvalue()


def test_bad_utf8_of_a_phone_is_no_error_of_ours(log: Log) -> None:
    logging.getLogger("uvicorn.error").error("Invalid UTF-8 sequence received from client.")
    assert log.lines == []


def test_a_fact_cannot_pose_as_cloud_loggings_field(log: Log) -> None:
    log.observer.note("link_opened", severity="CRITICAL", time="never")
    (line,) = log.lines
    assert line["severity"] == "INFO"
    assert line["time"] != "never"


def test_a_sessions_lines_carry_labels_and_the_trace_that_it_belongs_to() -> None:
    log = Log("INFO", labels={"version": "1"})
    trace = TraceContext("a" * 32, "b" * 16, sampled=True, project="shop")
    with session_lines(session_id="s-1", user_id="anna", trace=trace):
        log.observer.note("link_opened")
        logging.getLogger("uvicorn.error").warning("from a library")
    log.observer.note("listening")
    ours, theirs, outside = log.lines
    for line in (ours, theirs):
        assert line["logging.googleapis.com/labels"] == {
            "version": "1",
            "session_id": "s-1",
            "user_id": "anna",
        }
        assert line["logging.googleapis.com/trace"] == f"projects/shop/traces/{'a' * 32}"
        assert line["logging.googleapis.com/spanId"] == "b" * 16
        assert line["logging.googleapis.com/trace_sampled"] is True
    assert outside["logging.googleapis.com/labels"] == {"version": "1"}
    assert "logging.googleapis.com/trace" not in outside


def test_what_concerns_all_sessions_is_under_the_name_of_none(log: Log) -> None:
    of_the_process = OfTheProcess(log.observer)
    trace = TraceContext("a" * 32, "b" * 16, sampled=True)
    with session_lines(session_id="s-1", user_id="anna", trace=trace):
        of_the_process.rename("s-2")
        of_the_process.warn("redis_away", problem="gone")
        of_the_process.note("redis_back")
        of_the_process.fail("cluster_request_broke", ValueError("oh"))
        of_the_process.debug("event_handled", event="StartRequested")
        log.observer.note("link_opened")
    *about_all, about_one = log.lines
    assert [line["severity"] for line in about_all] == ["WARNING", "INFO", "ERROR", "DEBUG"]
    assert about_all[0]["problem"] == "gone"
    for line in about_all:
        assert not line.keys() & {"session_id", "user_id", "logging.googleapis.com/trace"}
        assert "logging.googleapis.com/labels" not in line
    assert (about_one["session_id"], about_one["user_id"]) == ("s-1", "anna")


async def test_keys_that_a_sessions_newer_token_is_checked_with_are_everybodys(log: Log) -> None:
    async def fetch() -> Fetched:
        raise FetchFailed("nobody answers")

    keys = KeySet(fetch, log.observer)
    with session_lines(session_id="s-1", user_id="anna"), pytest.raises(CannotCheck):
        await keys.find("a-key")
    (line,) = log.lines
    assert line["message"] == "token_keys_unavailable"
    assert not line.keys() & {"session_id", "user_id"}


def test_what_was_asked_for_is_written_whatever_the_level(log: Log) -> None:
    log.observer.debug("event_handled", event="StartRequested")
    (line,) = log.lines
    assert (line["severity"], line["event"]) == ("DEBUG", "StartRequested")
