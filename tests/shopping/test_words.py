from __future__ import annotations

import pytest

from shopping.words import clean, fold, plain, quoted


@pytest.mark.parametrize(
    ("word", "bare"),
    [("żółty", "zolty"), ("pęczek", "peczek"), ("crème brûlée", "creme brulee"), ("milk", "milk")],
)
def test_a_plain_word_has_no_diacritics(word: str, bare: str) -> None:
    assert plain(fold(word)) == bare


@pytest.mark.parametrize(
    ("sent", "cleaned"),
    [
        ("  dwa   chleby ", "dwa chleby"),
        ("„mleko”.", "mleko"),
        ('"milk"', "milk"),
        ("a\x00b\u200bc\nd", "a bc d"),
        ("mleko\ud800", "mleko"),
        ("s\u0301liwka", "śliwka"),
        ("***", ""),
    ],
)
def test_a_clean_text_is_composed_on_one_line_and_without_marks_around(
    sent: str, cleaned: str
) -> None:
    assert clean(sent) == cleaned


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("mleko", '"mleko"'),
        ("x" * 41, '"' + "x" * 40 + '…"'),
        ("a\nb", '"a�b"'),
        (None, "null"),
        (True, "true"),
        (False, "false"),
        (2, "2"),
        (10**50, "1" + "0" * 39 + "…"),
        (2.50, "2.5"),
        ([1], "a list"),
        ({"a": 1}, "an object"),
    ],
)
def test_what_was_sent_is_quoted_short_and_on_one_line(sent: object, shown: str) -> None:
    assert quoted(sent) == shown
