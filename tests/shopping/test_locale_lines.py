from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shopping.locale_lines import Lines
from shopping.locale_problem import Path, shown

TEXT = '''
# "no" = { key = ["here"] }
plain = "a # no comment = [x"
'literal' = 'C:\\dir'
a.b."c d" = 1.5
long = """
[not.a.header]
neither = "a key\\""""""
raw = \'\'\'
it's "raw"
\'\'\'
words = [ "one", # "not this"
  "two",
  ["three", { four = 4 }],
]
[table."zażółć"]  # a header
"\\u0105" = { unit = "l", forms = ["x",
  "y"], deep = { er = [] } }
[[measures]]
kg = 1
[[measures]]
l = 1
empty = {}
[table.other]
when = 1979-05-27 07:32:00
last = -inf'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("plain",), 3),
        (("literal",), 4),
        (("a",), 5),
        (("a", "b"), 5),
        (("a", "b", "c d"), 5),
        (("long",), 6),
        (("raw",), 9),
        (("words",), 12),
        (("words", 0), 12),
        (("words", 1), 13),
        (("words", 2, 0), 14),
        (("words", 2, 1, "four"), 14),
        (("table",), 16),
        (("table", "zażółć"), 16),
        (("table", "zażółć", "ą", "unit"), 17),
        (("table", "zażółć", "ą", "forms", 0), 17),
        (("table", "zażółć", "ą", "forms", 1), 18),
        (("table", "zażółć", "ą", "deep", "er"), 18),
        (("measures",), 19),
        (("measures", 0), 19),
        (("measures", 0, "kg"), 20),
        (("measures", 1), 21),
        (("measures", 1, "l"), 22),
        (("measures", 1, "empty"), 23),
        (("table", "other", "when"), 25),
        (("table", "other", "last"), 26),
    ],
)
def test_every_key_and_every_element_has_its_line(path: Path, line: int) -> None:
    assert Lines(TEXT).of(path) == line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("measures", 1, "missing"), 21),
        (("table", "other", "x", "y"), 24),
        (("words", 7), 12),
        (("nothing",), 1),
        ((), 1),
    ],
)
def test_what_is_not_there_has_the_line_of_what_it_would_be_in(path: Path, line: int) -> None:
    assert Lines(TEXT).of(path) == line


def test_an_empty_text_has_one_line() -> None:
    assert Lines("").of(("x",)) == 1


def paths(value: object, path: Path = ()) -> Iterable[tuple[Path, object]]:
    match value:
        case dict():
            inner: Iterable[tuple[str | int, object]] = value.items()
        case list():
            inner = enumerate(value)
        case _:
            return
    for key, part in inner:
        yield (*path, key), part
        yield from paths(part, (*path, key))


@pytest.mark.parametrize("language", ["pl", "en"])
def test_the_shipped_files_are_read_to_the_last_word(language: str) -> None:
    text = (files("shopping") / "data" / f"{language}.toml").read_text(encoding="utf-8")
    lines, rows = Lines(text), text.splitlines()
    for path, part in paths(tomllib.loads(text)):
        row = rows[lines.of(path) - 1]
        if isinstance(path[-1], str):
            assert path[-1] in row, path
        elif isinstance(part, str):
            assert f'"{part}"' in row, path


KEYS = st.sampled_from(["a", "b-1", '"c d"', "'e.f'", '"#"', '"\\""'])
SCALARS = st.sampled_from(["1", "1.5", '"x"', "'y]'", '"""\nz"""', "true", "''", '"\\\\"'])
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda parts: "[\n" + ",\n#]\n".join(parts) + "\n]")
        | st.lists(st.tuples(KEYS, inner), max_size=3, unique_by=lambda pair: pair[0]).map(
            lambda pairs: "{" + ", ".join(f"{key} = {part}" for key, part in pairs) + "}"
        )
    ),
    max_leaves=8,
)


@given(st.lists(st.tuples(KEYS, VALUES), max_size=4, unique_by=lambda pair: pair[0]))
def test_no_key_and_no_element_of_any_text_is_missed(pairs: list[tuple[str, str]]) -> None:
    """`marker` stands on a line of its own at the end, so that a misreading shows there too."""
    text = "\n".join([*(f"{key} = {value}" for key, value in pairs), "marker = 1"])
    lines = Lines(text)
    assert lines.of(("marker",)) == text.count("\n") + 1
    rows = text.splitlines()
    for path, _ in paths(tomllib.loads(text)):
        if isinstance(path[-1], str):
            key = path[-1].replace('"', '\\"')
            assert key in rows[lines.of(path) - 1]


def test_a_path_is_shown_as_keys_are_written() -> None:
    assert shown(("measures", 0, "kg")) == "measures[0].kg"
    assert shown(("products", "Sweets and snacks", "x", "forms", 2)) == (
        "products.Sweets and snacks.x.forms[2]"
    )
