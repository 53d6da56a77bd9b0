"""How calls are answered by what stands before them: a bug, a stray, a process that has only begun.

`calls` has what each call by itself is answered; one status is one entry, with all its meanings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from http import HTTPStatus
from typing import Final

from gateway.descriptions.calls import Call, Outcome
from schemas.admin import Problem

_PROBES: Final = frozenset({"/livez", "/readyz"})
"""They are answered to any name, and at once."""

_BUG: Final = Outcome(
    HTTPStatus.INTERNAL_SERVER_ERROR,
    "A bug of ours.",
    Problem("an error of ours; it has been logged"),
)
_HOST: Final = Outcome(
    HTTPStatus.BAD_REQUEST,
    "`Host` has a name that the service does not go by.",
    Problem("Host: this service is not called that; its operator sets ALLOWED_HOSTS"),
)
_ORIGIN: Final = Outcome(
    HTTPStatus.FORBIDDEN,
    "`Origin` has a web page from elsewhere, which may not do this.",
    Problem(
        "Origin: pages from there may not do this; the service's operator sets ALLOWED_ORIGINS"
    ),
)
_STARTING: Final = Outcome(
    HTTPStatus.SERVICE_UNAVAILABLE,
    "This instance is starting, and was for ten seconds after the call; or it was told to go "
    "before it had started.",
    Problem("this instance is starting: connect again"),
)


def outcomes_of(call: Call) -> tuple[Outcome, ...]:
    """Return every way in which `call` is answered, by status; none has two entries."""
    found: dict[HTTPStatus, Outcome] = {}
    for outcome in (*call.outcomes, *_before(call)):
        known = found.get(outcome.status)
        meaning = outcome.meaning if known is None else f"{known.meaning} Or: {outcome.meaning}"
        found[outcome.status] = replace(known or outcome, meaning=meaning)
    return tuple(sorted(found.values(), key=lambda outcome: outcome.status))


def _before(call: Call) -> Iterable[Outcome]:
    yield _BUG
    if call.path not in _PROBES:
        yield _HOST
        yield _STARTING
        if call.method != "get" or call.handshake:
            yield _ORIGIN
