"""How often an admin may call, and how often somebody from an address may guess. Pure.

Whoever guesses is refused before what they show is looked at, right or wrong: otherwise the answer
would tell. An admin at the same address is refused as well then.
"""

from __future__ import annotations

from gateway.connects import Buckets, TurnedAway, network_of, too_often


class Attempts:
    """Counts what is asked of the admins' endpoints, in token buckets."""

    def __init__(self, *, calls: int = 0, failures: int = 0) -> None:
        """Begin with full buckets; 0 is any number.

        Args:
            calls: of one admin in a minute.
            failures: credentials from one address in a minute that are no admin's.
        """
        self._calls = Buckets(calls) if calls else None
        self._failures = Buckets(failures) if failures else None

    def address_refusal(self, address: str, now: float) -> TurnedAway | None:
        """Return why nothing from an address is looked at; to be asked before anything else."""
        if self._failures is None or not (
            wait_s := self._failures.lack_s(network_of(address), now)
        ):
            return None
        return too_often("admin_failures", "from this address", wait_s, what="wrong credentials")

    def note_failure(self, address: str, now: float) -> None:
        """Note that somebody showed what is no admin's."""
        if self._failures is not None:
            self._failures.wait_s(network_of(address), now)

    def call_refusal(self, admin: str, now: float) -> TurnedAway | None:
        """Return why an admin's call is not carried out; else count it."""
        if self._calls is None or not (wait_s := self._calls.wait_s(admin, now)):
            return None
        return too_often("admin_calls", "of this admin", wait_s, what="calls")
