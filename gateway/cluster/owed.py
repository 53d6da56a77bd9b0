"""What Redis is owed: sessions that were left while it was away, kept here until it is back."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from actors.ports import Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Debt:
    """A session that is to be parked in Redis, or dropped.

    Attributes:
        fence: what this instance may write it with.
        tokens: digests that resume it, the newest last.
        session: as it was written last; ``None``: it is to be dropped.
        expires_at: monotonic seconds.
    """

    session_id: str
    user_id: str
    fence: int
    tokens: tuple[str, ...]
    session: bytes | None
    totals: Totals
    expires_at: float

    @property
    def size(self) -> int:
        """Bytes of the session."""
        return len(self.session or b"")


class Owed:
    """Debts in the order in which they expire, bounded: beyond that the oldest goes."""

    def __init__(self, *, most: int, most_bytes: int, most_of_a_user: int) -> None:
        """Begin empty.

        Args:
            most: debts at most.
            most_bytes: bytes of their sessions at most.
            most_of_a_user: debts of one user at most.
        """
        self._most = most
        self._most_bytes = most_bytes
        self._most_of_a_user = most_of_a_user
        self._debts: OrderedDict[str, Debt] = OrderedDict()
        self._of_user: dict[str, list[str]] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._debts)

    @property
    def size(self) -> int:
        """Bytes of all sessions."""
        return self._bytes

    def add(self, debt: Debt) -> None:
        """Owe one more, in the place of what was owed of its session."""
        self.take(debt.session_id)
        self._debts[debt.session_id] = debt
        self._bytes += debt.size
        of_user = self._of_user.setdefault(debt.user_id, [])
        of_user.append(debt.session_id)
        if len(of_user) > self._most_of_a_user:
            self.take(of_user[0])
        while len(self._debts) > self._most or self._bytes > self._most_bytes:
            self.take(next(iter(self._debts)))

    def take(self, session_id: str) -> Debt | None:
        """Owe it no longer, and return it; ``None`` if it was not owed."""
        debt = self._debts.pop(session_id, None)
        if debt is not None:
            self._bytes -= debt.size
            of_user = self._of_user[debt.user_id]
            of_user.remove(session_id)
            if not of_user:
                del self._of_user[debt.user_id]
        return debt

    def expire(self, now: float) -> None:
        """Forget what nobody may resume any more at `now`, in monotonic seconds."""
        while (first := next(iter(self._debts.values()), None)) and first.expires_at <= now:
            self.take(first.session_id)

    def resumed_by(self, user_id: str, token: str) -> Debt | None:
        """Return the user's session that `token` resumes, if it is owed."""
        for session_id in self._of_user.get(user_id, ()):
            debt = self._debts[session_id]
            if token in debt.tokens:
                return debt
        return None

    def get(self, session_id: str) -> Debt | None:
        """Return what is owed of a session."""
        return self._debts.get(session_id)

    def first(self) -> Debt | None:
        """Return what expires first, ``None`` if nothing is owed."""
        return next(iter(self._debts.values()), None)
