"""Tests for `gateway.cluster.owed`."""

from __future__ import annotations

from actors.ports import Totals
from gateway.cluster.owed import Debt, Owed


def owed_to(user_id: str, session_id: str, session: bytes | None = b"x", at: float = 9.0) -> Debt:
    return Debt(
        session_id=session_id,
        user_id=user_id,
        fence=1,
        tokens=(f"{session_id}-old", f"{session_id}-new"),
        session=session,
        totals=Totals(),
        expires_at=at,
    )


def an_owed(*debts: Debt, most: int = 10, most_bytes: int = 100, of_a_user: int = 2) -> Owed:
    owed = Owed(most=most, most_bytes=most_bytes, most_of_a_user=of_a_user)
    for debt in debts:
        owed.add(debt)
    return owed


def test_a_user_is_owed_so_many_and_others_do_not_suffer() -> None:
    owed = an_owed(owed_to("ola", "o"), *(owed_to("ala", f"a{at}") for at in range(3)))
    assert [owed.get(name) is not None for name in ("o", "a0", "a1", "a2")] == [1, 0, 1, 1]


def test_beyond_so_many_or_so_many_bytes_the_oldest_goes() -> None:
    owed = an_owed(owed_to("ala", "a"), owed_to("ola", "o"), owed_to("ewa", "e"), most=2)
    assert (len(owed), owed.get("a")) == (2, None)
    owed.add(owed_to("jan", "j", bytes(99)))
    assert (len(owed), owed.size) == (2, 100)
    owed.add(owed_to("iza", "i", bytes(101)))
    assert (len(owed), owed.size) == (0, 0)


def test_what_is_owed_of_a_session_is_what_was_owed_last() -> None:
    owed = an_owed(owed_to("ala", "a", bytes(50)), owed_to("ala", "a", None))
    assert (len(owed), owed.size) == (1, 0)
    assert owed.take("a") == owed_to("ala", "a", None)
    assert owed.take("a") is None
    assert owed.first() is None


def test_either_token_finds_it_for_its_user_alone() -> None:
    owed = an_owed(owed_to("ala", "a"), owed_to("ala", "b"))
    assert owed.resumed_by("ala", "b-old") == owed_to("ala", "b")
    assert owed.resumed_by("ala", "a-new") == owed_to("ala", "a")
    assert owed.resumed_by("ala", "c-new") is None
    assert owed.resumed_by("ola", "a-new") is None


def test_what_has_expired_is_owed_no_more() -> None:
    owed = an_owed(owed_to("ala", "a", at=1.0), owed_to("ola", "o", at=2.0))
    owed.expire(1.0)
    assert owed.first() == owed_to("ola", "o", at=2.0)
    owed.expire(5.0)
    assert len(owed) == 0
