"""What a gateway's log holds that no log should: errors, and exceptions that nobody translated."""

from __future__ import annotations

import re
from collections.abc import Iterable

_ERROR = re.compile(r'"severity": ?"(ERROR|CRITICAL)"')
_TRACEBACK = re.compile(r'Traceback \(most recent call last\)|"(stack_trace|exception)":')
_EXCEPTION = re.compile(r"\b[A-Z]\w*(Error|Exception)\b")
_OURS = re.compile(r'\{(?!.*"logger":)')
"""An event of the gateway's own; those of libraries name their logger."""


def error_lines(lines: Iterable[str]) -> list[str]:
    """Return the lines of severity ERROR and above."""
    return [line for line in lines if _ERROR.search(line)]


def exception_lines(lines: Iterable[str]) -> list[str]:
    """Return the lines with a traceback, and those with an exception's name that are not ours.

    An event of ours may well say why a link was lost, in the words of the system.
    """
    return [
        line
        for line in lines
        if _TRACEBACK.search(line) or (_EXCEPTION.search(line) and not _OURS.match(line))
    ]
