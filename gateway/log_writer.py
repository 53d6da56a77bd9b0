"""Writes log lines from a thread of its own: a stdout that nobody reads stops no session.

What waits is bounded. Beyond that, lines are dropped and counted, and as soon as writing goes on
the log says how many.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Final, TextIO

_MOST_WAITING: Final = 1_048_576
"""Characters that wait while nothing can be written; some 5,000 lines."""
_TOGETHER_S: Final = 0.02
"""Lines that come within this are written together: the thread takes the GIL once for all."""
_PATIENCE_S: Final = 0.5
"""How long the end of the process waits for a stream that takes nothing."""


class LogWriter(logging.Handler):
    """A handler whose `emit` never waits for its stream.

    Attributes:
        dropped: lines that were not written, in all.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        dropped_line: Callable[[int], str],
        most_waiting: int = _MOST_WAITING,
    ) -> None:
        """Start the thread.

        Args:
            stream: where lines go; what has a file descriptor is written to past its buffer, whose
                lock a thread that waits would hold at the interpreter's end.
            dropped_line: returns the line that tells of so many dropped.
            most_waiting: characters that may wait.
        """
        super().__init__()
        self.dropped = 0
        self._write = _writer(stream)
        self._dropped_line = dropped_line
        self._most_waiting = most_waiting
        # Not the handler's lock: the standard library holds that while it flushes at the end. It is
        # entered again by what the garbage collector finds, and has to say, in the middle of it.
        self._guard = threading.RLock()
        self._waiting: list[str] = []
        self._characters = 0
        self._untold = 0
        self._closing = False
        self._filled = threading.Event()
        self._written = threading.Event()
        self._written.set()
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Add a line, or count that there is no room."""
        try:
            line = f"{self.format(record)}\n"
        except Exception:  # noqa: BLE001 - as the standard library's handlers do
            self.handleError(record)
            return
        with self._guard:
            if self._characters + len(line) > self._most_waiting:
                self.dropped += 1
                self._untold += 1
                return
            self._waiting.append(line)
            self._characters += len(line)
            if not self._filled.is_set():
                self._written.clear()
                self._filled.set()

    def flush(self) -> None:
        """Return when all is written, or after half a second in which that did not come about."""
        self._written.wait(_PATIENCE_S)

    def close(self) -> None:
        """Write what waits, as far as the stream takes it, and end the thread."""
        self._closing = True
        self._filled.set()
        self.flush()
        super().close()

    def _run(self) -> None:
        while not self._closing:
            self._filled.wait()
            if not self._closing:
                time.sleep(_TOGETHER_S)
            self._write_all()
        # What came just before it was closed.
        self._write_all()

    def _write_all(self) -> None:
        while lines := self._take():
            try:
                self._write("".join(lines))
            except (OSError, ValueError):  # whoever read it has gone; it is closed
                with self._guard:
                    self.dropped += len(lines)

    def _take(self) -> list[str]:
        """Return what waits, and the line that tells of what is missing behind it."""
        with self._guard:
            lines, self._waiting, self._characters = self._waiting, [], 0
            if self._untold:
                lines.append(f"{self._dropped_line(self._untold)}\n")
                self._untold = 0
            if not lines:
                self._filled.clear()
                self._written.set()
        return lines


def _writer(stream: TextIO) -> Callable[[str], object]:
    try:
        descriptor = stream.fileno()
    except OSError:  # it is in memory

        def write_to_memory(text: str) -> None:
            stream.write(text)

        return write_to_memory

    def write(text: str) -> None:
        waiting = memoryview(text.encode())
        while waiting:
            waiting = waiting[os.write(descriptor, waiting) :]

    return write
