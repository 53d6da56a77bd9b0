"""Log lines as Cloud Logging reads them: one JSON object a line, never a key, audio or transcript.

Our own events and those of every library go through the standard library's root logger to one
renderer, and are written by a thread (`gateway.log_writer`). The fields' names are Cloud Logging's
and Error Reporting's:
https://cloud.google.com/logging/docs/structured-logging,
https://cloud.google.com/error-reporting/docs/formatting-error-messages.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, TextIO

import msgspec
import structlog
from structlog.contextvars import (
    bind_contextvars,
    get_contextvars,
    merge_contextvars,
    reset_contextvars,
)
from structlog.processors import TimeStamper, format_exc_info
from structlog.stdlib import BoundLogger, ExtraAdder, ProcessorFormatter, filter_by_level
from structlog.typing import EventDict, Processor, WrappedLogger

from actors.ports import Fact
from gateway.log_writer import LogWriter
from gateway.setting_values import Secret
from gateway.trace_context import TraceContext

_LABELS: Final = "logging.googleapis.com/labels"
_TRACE: Final = "logging.googleapis.com/trace"
_SPAN: Final = "logging.googleapis.com/spanId"
_SAMPLED: Final = "logging.googleapis.com/trace_sampled"
_OF_A_SESSION: Final = ("session_id", "user_id")
"""They stand on a line by themselves, and among its labels, which Cloud Logging indexes."""
_LIBRARIES: Final = (
    "asyncio",
    "google",
    "google_genai",
    "httpcore2",
    "httpx2",
    "opentelemetry",
    "urllib3",
    "uvicorn",
    "websockets",
)
"""Kept at WARNING whatever LOG_LEVEL is: below it they print headers with the API key, URLs with
query strings, and frames with speech in them."""
_SHORTEST_REDACTED: Final = 8
"""Characters; a shorter secret would also be found in words that are none."""


_BLANK: Final = vars(logging.LogRecord("", 0, __file__, 0, "", None, None))


class _Event(logging.LogRecord):
    """One of our own events, which needs none of structlog's processors: 7 µs a line, not 45.

    Nor does it look for its thread, process and source file, as the standard library does.
    """

    def __init__(self, name: str, level: int, event: str, facts: Mapping[str, Fact]) -> None:
        self.__dict__.update(_BLANK)
        self.name = name
        self.levelno = level
        self.levelname = logging.getLevelName(level)
        self.msg = event
        self.created = time.time()
        self.facts = facts


class LogObserver:
    """Writes what happens as log lines. Satisfies `actors.ports.Observer`."""

    def __init__(self, logger: logging.Logger, writer: LogWriter | None = None) -> None:
        """Take where lines go.

        Args:
            logger: has them written.
            writer: writes them, and knows which were not.
        """
        self._logger = logger
        self._writer = writer
        self._log: BoundLogger = structlog.wrap_logger(
            logger,
            processors=[filter_by_level, *_COMMON, ProcessorFormatter.wrap_for_formatter],
            wrapper_class=BoundLogger,
        )

    @property
    def dropped(self) -> int:
        """Lines that were not written, because nobody read them."""
        return 0 if self._writer is None else self._writer.dropped

    def flush(self) -> None:
        """Return when all is written, or after a moment in which that did not come about."""
        if self._writer is not None:
            self._writer.flush()

    def rename(self, session_id: str) -> None:
        """Put another session's id on the lines that this task, or those it starts, write."""
        bind_contextvars(session_id=session_id)

    def debug(self, event: str, /, **facts: Fact) -> None:
        """Something that was asked for, of one session or of all: written whatever the level."""
        self._logger.handle(_Event(self._logger.name, logging.DEBUG, event, facts))

    def note(self, event: str, /, **facts: Fact) -> None:
        """Something an operator may want to see."""
        self._write(logging.INFO, event, facts)

    def warn(self, event: str, /, **facts: Fact) -> None:
        """Something went wrong that is survived."""
        self._write(logging.WARNING, event, facts)

    def count(self, event: str, trouble: bool, /, **facts: Fact) -> None:  # noqa: FBT001 - the port's
        """Write nothing."""

    def fail(self, event: str, error: BaseException, /, **facts: Fact) -> None:
        """A bug of ours; `error` is logged with its traceback."""
        self._log.error(event, exc_info=error, **facts)

    def _write(self, level: int, event: str, facts: Mapping[str, Fact]) -> None:
        if self._logger.isEnabledFor(level):
            self._logger.handle(_Event(self._logger.name, level, event, facts))


def configure(
    *,
    level: str,
    stream: TextIO,
    secrets: Iterable[Secret],
    labels: Mapping[str, str] | None = None,
) -> LogObserver:
    """Send every log line of this process to `stream`, with `secrets` blacked out.

    What was configured before is written first, and ended.

    Args:
        level: name of the least severe level that is written.
        stream: gets one line an event.
        secrets: texts that must not be seen even inside a library's message or a traceback.
        labels: stand on every line.
    """
    renderer = _Renderer(secrets, labels or {})
    formatter = _Formatter(renderer)
    handler = LogWriter(stream, dropped_line=lambda lines: formatter.format(_dropped(lines)))
    handler.setFormatter(formatter)
    handler.addFilter(_is_news)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(capture=True)
    least = max(logging.WARNING, logging.getLogger().level)
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(least)
    return LogObserver(logging.getLogger("gateway"), handler)


def _dropped(lines: int) -> _Event:
    return _Event("gateway", logging.WARNING, "log_lines_dropped", {"lines": lines})


class session_lines:  # noqa: N801 - it is used as a function is
    """Puts both ids on every line that is written inside, by this task or those it starts.

    So does it with the trace that the session belongs to. structlog's own context manager does
    that too, and takes five times the memory.
    """

    __slots__ = ("_before", "_ids")

    def __init__(self, *, session_id: str, user_id: str, trace: TraceContext | None = None) -> None:
        self._ids: dict[str, object] = {"session_id": session_id, "user_id": user_id}
        if trace is not None:
            self._ids |= {
                _TRACE: trace.name,
                _SPAN: trace.span_id,
                _SAMPLED: trace.sampled,
            }

    def __enter__(self) -> None:
        self._before = bind_contextvars(**self._ids)

    def __exit__(self, *_: object) -> None:
        reset_contextvars(**self._before)


def _name_logger(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Say which library it was."""
    record: logging.LogRecord = event["_record"]
    event["logger"] = record.name
    return event


def _note_severity(_: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Add Cloud Logging's name of the level."""
    event["severity"] = {"warn": "WARNING", "exception": "ERROR", "trace": "DEBUG"}.get(
        method, method.upper()
    )
    return event


_COMMON: Final[tuple[Processor, ...]] = (
    merge_contextvars,
    _note_severity,
    TimeStamper(fmt="iso", utc=True, key="time"),
    format_exc_info,
)


def _is_news(record: logging.LogRecord) -> bool:
    """Whether a line is worth writing: uvicorn has a traceback for a phone's bad UTF-8.

    The session learns of it by the close code 1007 and notes that.
    """
    return not (
        record.name == "uvicorn.error" and str(record.msg).startswith("Invalid UTF-8 sequence")
    )


class _Renderer:
    """Prints an event as one line of JSON, secrets blacked out."""

    def __init__(self, secrets: Iterable[Secret], labels: Mapping[str, str]) -> None:
        self._labels = dict(labels)
        texts = {secret.text for secret in secrets if len(secret.text) >= _SHORTEST_REDACTED}
        escaped = {json.dumps(text)[1:-1] for text in texts}
        self._hidden = sorted(texts | escaped, key=len, reverse=True)
        self._encoder = msgspec.json.Encoder(enc_hook=str)

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> str:
        line = {
            "severity": event.pop("severity"),
            "time": event.pop("time"),
            "message": str(event.pop("event")).strip(),
        }
        if "exception" in event:
            line["stack_trace"] = event.pop("exception")
        return self.line({**line, **event, **self.labels(event)})

    def labels(self, context: Mapping[str, object]) -> dict[str, object]:
        """Return the labels of a line: the process's, and its session's if it has one."""
        ids = {name: context[name] for name in _OF_A_SESSION if name in context}
        labels = {**self._labels, **ids}
        return {_LABELS: labels} if labels else {}

    def line(self, fields: Mapping[str, object]) -> str:
        """Return a line's text."""
        shown = self._encoder.encode(fields).decode()
        for hidden in self._hidden:
            shown = shown.replace(hidden, "[secret]")
        return shown


class _Formatter(ProcessorFormatter):
    """Has every line rendered alike, our own events by the short way."""

    def __init__(self, renderer: _Renderer) -> None:
        super().__init__(
            foreign_pre_chain=[_name_logger, *_COMMON, ExtraAdder(allow=())],
            processors=[ProcessorFormatter.remove_processors_meta, renderer],
        )
        self._renderer = renderer

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of one record."""
        if not isinstance(record, _Event):
            return super().format(record)
        time = datetime.fromtimestamp(record.created, UTC).replace(tzinfo=None)
        head = {
            "severity": record.levelname,
            "time": f"{time.isoformat(timespec='microseconds')}Z",
            "message": record.msg,
        }
        fields = {**get_contextvars(), **record.facts}
        # First for people, last because no fact can take their place.
        return self._renderer.line({**head, **fields, **head, **self._renderer.labels(fields)})
