"""Tells on which line of a TOML text a key or an element of an array stands: tomllib keeps none.

This reads just enough of the grammar for it, in a text that tomllib has found to be right.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter, deque
from typing import Final

from shopping.locale_problem import Path

_TOKEN: Final = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|"(?:\\.|[^"\\\n])*"|\'{3}.*?\'{3,5}|\'[^\'\n]*\''
    r"|[^\s\[\]{}=,.#\"']+|[\[\]{}=,.\n]|(?P<passed>#[^\n]*|\s)",
    re.DOTALL,
)
_BETWEEN: Final = (",", "\n")
_ENDS: Final = (*_BETWEEN, "]", "}", "")


class Lines:
    """The lines of one text, counted from 1."""

    def __init__(self, text: str) -> None:
        self._found: dict[Path, int] = {}
        self._tokens: deque[tuple[str, int]] = deque()
        line = 1
        for token in _TOKEN.finditer(text):
            if token.lastgroup != "passed":
                self._tokens.append((token[0], line))
            line += token[0].count("\n")
        self._tokens.append(("", line))
        self._read_text()

    def of(self, path: Path) -> int:
        """Return the line of a path or, if it is not there, of what it would be in."""
        while path and path not in self._found:
            path = path[:-1]
        return self._found.get(path, 1)

    def _next(self) -> str:
        return self._tokens[0][0]

    def _take(self) -> str:
        return self._tokens.popleft()[0]

    def _find(self, path: Path) -> None:
        self._found.setdefault(path, self._tokens[0][1])

    def _more(self, end: str) -> bool:
        """Pass what stands between, and take the end if it comes."""
        while self._next() in _BETWEEN:
            self._take()
        if self._next() != end:
            return True
        self._take()
        return False

    def _read_text(self) -> None:
        table: Path = ()
        seen: Counter[Path] = Counter()
        while self._more(""):
            if self._next() == "[":
                table = self._read_header(seen)
            else:
                self._read_pair(table)

    def _read_header(self, seen: Counter[Path]) -> Path:
        self._take()
        one_of_several = self._next() == "["
        if one_of_several:
            self._take()
        table = self._read_key(())
        if one_of_several:
            self._take()
            seen[table] += 1
            table = (*table, seen[table] - 1)
            self._find(table)
        self._take()
        return table

    def _read_pair(self, table: Path) -> None:
        path = self._read_key(table)
        self._take()
        self._read_value(path)

    def _read_key(self, path: Path) -> Path:
        """Take a key and return its path; what stands around it is found here if nowhere else."""
        while True:
            self._find(path := (*path, *tomllib.loads(f"{self._take()}=0")))
            if self._next() != ".":
                return path
            self._take()

    def _read_value(self, path: Path) -> None:
        if self._next() == "[":
            self._read_array(path)
        elif self._next() == "{":
            self._read_inline(path)
        else:
            while self._next() not in _ENDS:
                self._take()

    def _read_array(self, path: Path) -> None:
        self._take()
        number = 0
        while self._more("]"):
            self._find((*path, number))
            self._read_value((*path, number))
            number += 1

    def _read_inline(self, path: Path) -> None:
        self._take()
        while self._more("}"):
            self._read_pair(path)
