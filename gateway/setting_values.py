"""How one environment variable is read: its declaration, and parsers that say what is allowed.

A parser takes the text and returns the value, or raises `ValueError` whose text completes
"set it to …"; `WeakSecret` if what is wrong can be said although the text cannot be quoted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Generic, TypeVar
from urllib.parse import unquote, urlsplit

T_co = TypeVar("T_co", covariant=True)
LiteralT = TypeVar("LiteralT", bound=str)
_SHORTEST_SECRET: Final = 32
"""RFC 7518 section 3.2: a key of HS256 has 256 bits at least."""
_FEWEST_DIFFERENT: Final = 10


@dataclass(frozen=True, slots=True)
class Secret:
    """A text that no repr, log line or error shows."""

    text: str = field(repr=False)


class WeakSecret(ValueError):
    """The operator's doing: a secret that could be guessed.

    Attributes:
        problem: what is wrong with it, to stand behind the variable's name.
    """

    def __init__(self, problem: str, allowed: str) -> None:
        super().__init__(allowed)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Variable(Generic[T_co]):
    """One environment variable, declared once: reading, errors and docs derive from it.

    Attributes:
        name: as it stands in the environment.
        default: what is read when it is unset or empty; an empty default reads as ``None``.
        parse: one of this module's parsers.
        meaning: one sentence for docs/configuration.md.
    """

    name: str
    default: str
    parse: Callable[[str], T_co]
    meaning: str

    @property
    def secret(self) -> bool:
        """Whether its value must not be quoted."""
        return self.parse in (secret, signing_secret, store_address)

    def read(self, environment: Mapping[str, str]) -> T_co | None:
        """Return the value, ``None`` if there is none.

        Raises:
            ValueError: with one sentence that names the variable and the remedy.
        """
        text = environment.get(self.name, "").strip() or self.default
        if not text:
            return None
        try:
            return self.parse(text)
        except WeakSecret as exc:
            raise ValueError(f"{self.name} {exc.problem}: set it to {exc}") from exc
        except ValueError as exc:
            hidden = self.secret or _may_hold_a_secret(text)
            shown = "has a wrong value" if hidden else f"is {text[:80]!r}"
            raise ValueError(f"{self.name} {shown}: set it to {exc}") from exc


def _may_hold_a_secret(text: str) -> bool:
    """Whether there may be a password before an address's host, or a key in its query."""
    return "@" in text or "?" in text


def secret(text: str) -> Secret:
    """Parse a key or token: it has to fit into one HTTP header."""
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        raise ValueError("visible ASCII characters without spaces")
    return Secret(text)


def signing_secret(text: str) -> Secret:
    """Parse what an issuer signs with: long enough, and no placeholder."""
    size, different = len(text.encode(errors="replace")), len(set(text))
    if not re.fullmatch(r"[\x21-\x7e]+", text):
        problem = "has spaces, or characters that are not visible ASCII"
    elif size < _SHORTEST_SECRET:
        problem = f"has {size} bytes, and needs {_SHORTEST_SECRET}"
    elif different < _FEWEST_DIFFERENT:
        problem = f"has too few different characters ({different}), and needs {_FEWEST_DIFFERENT}"
    else:
        return Secret(text)
    raise WeakSecret(
        problem,
        f"{_SHORTEST_SECRET} or more random visible ASCII characters, for example what "
        "`openssl rand -base64 32` prints",
    )


def switch(text: str) -> bool:
    """Parse what google-genai takes for true and false; it reads anything else as false."""
    match text.lower():
        case "true" | "1":
            return True
        case "false" | "0":
            return False
        case _:
            raise ValueError("true or false")


def word(text: str) -> str:
    """Parse a name that has no spaces."""
    if re.search(r"\s", text):
        raise ValueError("one word")
    return text


def matching(pattern: str, allowed: str) -> Callable[[str], str]:
    """Return a parser of texts that match all of `pattern`; `allowed` says so to people."""

    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(allowed)
        return text

    return parse


def one_of(*choices: LiteralT) -> Callable[[str], LiteralT]:
    """Return a parser that knows `choices`, in any case."""
    by_text = {choice.lower(): choice for choice in choices}

    def parse(text: str) -> LiteralT:
        try:
            return by_text[text.lower()]
        except KeyError:
            raise ValueError(f"{', '.join(choices[:-1])} or {choices[-1]}") from None

    return parse


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of whole numbers from `low` to `high`."""
    allowed = f"a whole number from {low} to {high}"

    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,18}", text) or not low <= int(text) <= high:
            raise ValueError(allowed)
        return int(text)

    return parse


def seconds(low: float, high: float) -> Callable[[str], float]:
    """Return a parser of durations from `low` to `high` seconds."""
    return _decimal(low, high, f"seconds from {low:g} to {high:g}")


def number(low: float, high: float) -> Callable[[str], float]:
    """Return a parser of numbers from `low` to `high`, with or without decimals."""
    return _decimal(low, high, f"a number from {low:g} to {high:g}")


def _decimal(low: float, high: float, allowed: str) -> Callable[[str], float]:
    def parse(text: str) -> float:
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", text) or not low <= float(text) <= high:
            raise ValueError(allowed)
        return float(text)

    return parse


def https_url(text: str) -> str:
    """Parse the address of an upstream, which is always spoken to over TLS."""
    allowed = "an address such as https://localhost:8443, without a name or a password in it"
    try:
        parts = urlsplit(text)
        usable = parts.scheme == "https" and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(allowed) from None
    if parts.scheme == "http":
        raise ValueError(f"{allowed}; http is not allowed, for the key goes there")
    if not usable or "@" in parts.netloc:  # `/health` and the log show it
        raise ValueError(allowed)
    return text


def http_url(text: str) -> str:
    """Parse the base address of something of the operator's own, with or without TLS."""
    allowed = "an address such as http://localhost:4318, without a name or a password in it"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(allowed) from None
    if not usable or "@" in parts.netloc or parts.query or re.search(r"\s", text):
        raise ValueError(allowed)
    return text


def store_address(text: str) -> Secret | None:
    """Parse where sessions are kept: ``None`` for this process's memory, or a Redis's address.

    The address may hold a password, so it is a secret as a whole.
    """
    allowed = "memory, or an address such as redis://:password@host:6379/0 or rediss://host"
    if text.lower() == "memory":
        return None
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("redis", "rediss") and parts.hostname and parts.port != 0
    except ValueError:
        raise ValueError(allowed) from None
    odd = parts.query or parts.fragment or not re.fullmatch(r"/?[0-9]{0,5}", parts.path)
    if odd or not usable or re.search(r"[^\x21-\x7e]", text):
        raise ValueError(allowed)
    return Secret(text)


def password_of(address: Secret) -> Secret | None:
    """Return the password in an address, as it is sent, if there is one."""
    password = urlsplit(address.text).password
    return Secret(unquote(password)) if password else None


def existing_file(text: str) -> Path:
    """Parse the path of a file that is there."""
    path = Path(text)
    if not path.is_file():
        raise ValueError("the path of a file that exists")
    return path
