"""Who is let in: so many sessions, and so many handshakes a minute. Pure.

A session belongs to a user, and a user has one connection: the newest. So there is no bound on a
user's sessions but that on how often the user connects.
"""

from __future__ import annotations

import ipaddress
import math
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

_A_MINUTE_S: Final = 60.0
_FULL_AGAIN_S: Final = 5
"""When it is worth asking an instance again that was full, or for an address that had its share."""
_TO_SPARE: Final = 20
"""One in so many places is kept for phones that are on their way when the instance says full."""
_MOST_KEYS: Final = 100_000
_PREFIX_V6: Final = 64


@dataclass(frozen=True, slots=True)
class Connects:
    """How many; 0 is any number.

    Attributes:
        sessions: connections at once.
        sessions_per_address: users that have such connections, from one address.
        per_user: handshakes of a user in a minute.
        per_address: handshakes from an address in a minute.
    """

    sessions: int = 0
    sessions_per_address: int = 0
    per_user: int = 0
    per_address: int = 0


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """Why a phone is not let in.

    Attributes:
        cause: what the refusal is counted as.
        status: of the answer.
        error: says it to people.
        retry_after_s: when it is worth another try.
    """

    cause: str
    status: HTTPStatus
    error: str
    retry_after_s: int


class Buckets:
    """A token bucket for each key; of those that nobody asked for lately only `most` are kept."""

    def __init__(self, per_minute: int, *, most: int = _MOST_KEYS) -> None:
        self._most = most
        self._burst = float(per_minute)
        self._per_s = per_minute / _A_MINUTE_S
        self._levels: dict[str, tuple[float, float]] = {}
        """What was in it, and when; the one that was asked for last comes last."""

    def __len__(self) -> int:
        return len(self._levels)

    def wait_s(self, key: str, now: float) -> float:
        """Take one, and return 0; or return how long there will be none."""
        level = self._level(key, now)
        self._levels.pop(key, None)
        taken = level >= 1
        self._levels[key] = (level - 1 if taken else level, now)
        if len(self._levels) > self._most:
            del self._levels[next(iter(self._levels))]
        return 0.0 if taken else (1 - level) / self._per_s

    def lack_s(self, key: str, now: float) -> float:
        """Return how long there will be none, and take none."""
        return max(0.0, 1 - self._level(key, now)) / self._per_s

    def _level(self, key: str, now: float) -> float:
        level, since = self._levels.get(key, (self._burst, now))
        return min(self._burst, level + (now - since) * self._per_s)


class Door:
    """Lets phones in, and knows how many are inside.

    Attributes:
        inside: connections that are served.
    """

    def __init__(self, connects: Connects) -> None:
        self.inside = 0
        self._connects = connects
        self._of_address: dict[str, Counter[str]] = {}
        """Connections by user. A user's older ones end while the newest begins, and one that is
        half-open takes its time: only users count."""
        self._by_user = Buckets(connects.per_user)
        self._by_address = Buckets(connects.per_address)
        self._tickets = Buckets(connects.per_user)

    @property
    def nearly_full(self) -> bool:
        """Whether new phones had better go elsewhere."""
        most = self._connects.sessions
        return bool(most) and self.inside >= max(1, most - max(1, most // _TO_SPARE))

    def knock(self, address: str, now: float) -> TurnedAway | None:
        """Return why nobody is let in from an address; to be asked before anything that costs."""
        connects = self._connects
        if connects.per_address and (wait_s := self._by_address.wait_s(network_of(address), now)):
            return too_often("address_connects", "from this address", wait_s)
        return None

    def refusal(
        self, user_id: str, now: float, *, takes_over: bool, address: str = ""
    ) -> TurnedAway | None:
        """Return why a user is not let in; to be asked right before `enter`.

        Args:
            user_id: who it is, as far as that is to be believed.
            now: seconds of any clock.
            address: where from.
            takes_over: a connection of the same user ends when this one begins.
        """
        connects = self._connects
        if connects.per_user and (wait_s := self._by_user.wait_s(user_id, now)):
            return too_often("user_connects", "of this user", wait_s)
        if connects.sessions and self.inside >= connects.sessions and not takes_over:
            error = "this instance is full: connect again"
            return TurnedAway("full", HTTPStatus.SERVICE_UNAVAILABLE, error, _FULL_AGAIN_S)
        return self._shared_out(user_id, address)

    def ticket_refusal(self, user_id: str, now: float) -> TurnedAway | None:
        """Return why a user gets no ticket: no more of them than there may be handshakes."""
        if self._connects.per_user and (wait_s := self._tickets.wait_s(user_id, now)):
            return too_often("user_tickets", "of this user", wait_s, what="tickets")
        return None

    def enter(self, user_id: str, address: str) -> None:
        """Note that a connection is served from now on; `leave` has to follow."""
        self.inside += 1
        if self._connects.sessions_per_address:
            self._of_address.setdefault(network_of(address), Counter())[user_id] += 1

    def leave(self, user_id: str, address: str) -> None:
        """Note that it is not any more."""
        self.inside -= 1
        if self._connects.sessions_per_address:
            network = network_of(address)
            users = self._of_address[network]
            users[user_id] -= 1
            if not users[user_id]:
                del users[user_id]
            if not users:
                del self._of_address[network]

    def _shared_out(self, user_id: str, address: str) -> TurnedAway | None:
        """Return why an address has no place left for a user, if that is so."""
        share = self._connects.sessions_per_address
        users = self._of_address.get(network_of(address), ()) if share else ()
        if user_id in users or len(users) < max(1, share):
            return None
        error = "too many sessions from this address: connect again later"
        status = HTTPStatus.TOO_MANY_REQUESTS
        return TurnedAway("address_sessions", status, error, _FULL_AGAIN_S)


def too_often(cause: str, whose: str, wait_s: float, *, what: str = "connections") -> TurnedAway:
    """Return that there were too many of `what` for a bucket that has none for `wait_s`."""
    again = "connect" if what == "connections" else "ask"
    error = f"too many {what} {whose} in too short a time: {again} again later"
    return TurnedAway(cause, HTTPStatus.TOO_MANY_REQUESTS, error, math.ceil(wait_s))


def network_of(address: str) -> str:
    """Return what counts as one address: who has an IPv6 address has all of its /64."""
    if ":" not in address:
        return address
    try:
        parsed = ipaddress.IPv6Address(address)
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.IPv6Network((parsed, _PREFIX_V6), strict=False))
