"""Tests for `schemas.close_codes`."""

from __future__ import annotations

from schemas.close_codes import CloseCode


def test_every_code_may_be_sent_by_an_application() -> None:
    """RFC 6455 section 7.4 reserves 1005, 1006 and 1015 for what was never sent."""
    assert all(1000 <= code <= 1014 or 4000 <= code <= 4999 for code in CloseCode)
    assert not {1004, 1005, 1006} & set(CloseCode)
