"""What the service would print as its log, line by line."""

from __future__ import annotations

import contextlib
import io
import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from gateway.setting_values import Secret
from gateway.telemetry import LogObserver, configure

KEY = Secret('AIza"geheim-1234')


class Log:
    """A log in memory, in which `KEY` is blacked out; use it within `restored_logging`."""

    def __init__(self, level: str, labels: Mapping[str, str] | None = None) -> None:
        self._stream = io.StringIO()
        self.observer: LogObserver = configure(
            level=level, stream=self._stream, secrets=[KEY], labels=labels
        )

    @property
    def text(self) -> str:
        """All that was written."""
        for handler in logging.getLogger().handlers:
            handler.flush()
        return self._stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each line's fields."""
        return [json.loads(line) for line in self.text.splitlines()]


@contextlib.contextmanager
def restored_logging() -> Iterator[None]:
    """Give pytest its handlers back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []  # else `configure` would close those of pytest
    yield
    logging.captureWarnings(capture=False)
    for handler in root.handlers:
        handler.close()
    root.handlers, root.level = handlers, level
