"""docs/locales.md shows what is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from shopping import LocaleDataInvalid
from shopping.locale_data import LocaleFile
from shopping.locale_file import parse
from tests.support.markdown import rows

DOCUMENT = (Path(__file__).parents[2] / "docs" / "locales.md").read_text(encoding="utf-8")
SMALLEST = max(re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL), key=len)


def test_every_key_is_explained_and_no_other() -> None:
    keys = [key for key, _ in rows(DOCUMENT, "| key | meaning |")]
    assert tuple(keys) == LocaleFile.__struct_fields__


def test_the_smallest_file_is_one() -> None:
    assert parse("xx.toml", SMALLEST).products["Fruit"]["grapes"].unit == "kg"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r'"last"', ""),
        (r"\[by_hand\].*?\n\n", ""),
        (r"removed = .*?\n", "removed = 'removed'\n"),
        (r'unit = "kg"', 'unit = "crate"'),
        (r"grapes =", 'pear = { forms = ["apples"] }\ngrapes ='),
    ],
)
def test_errors_look_as_shown(old: str, new: str) -> None:
    wrong, number = re.subn(old, new, SMALLEST, flags=re.DOTALL)
    assert number == 1
    with pytest.raises(LocaleDataInvalid) as caught:
        parse("xx.toml", wrong)
    assert str(caught.value) in DOCUMENT.splitlines()
