from __future__ import annotations

import math
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from bench.compare.document import BEGIN, END, between, section
from bench.compare.plan import QUICK
from bench.compare.plots import costs, delays, memory
from bench.compare.results import Row, read
from bench.compare.run import ALONE, SENTENCES, TOGETHER
from bench.compare.table import lines, markdown
from bench.compare.targets import Target, targets
from tests.support.compared import FIRST, found, row, seen

# Tables.


def test_each_figure_has_a_line_and_each_contestant_a_column() -> None:
    results = found(row("haproxy", 50), row("gateway-v1", 100), row("seed-way", 400))
    header, *rest = lines(results, QUICK.loads)
    assert header == ["", "Haproxy", "Gateway-V1", "Seed-Way"]
    assert rest[0] == ["**µs of CPU a chunk, 100 ms x 150**", "50", "100", "400"]
    assert rest[1] == ["÷ HAProxy", "1.00", "2.00", "8.00"]
    assert rest[2] == ["÷ seed-way", "0.12", "0.25", "1.00"]
    assert rest[-1] == ["every byte and product delivered", "yes", "yes", "yes"]
    assert all(len(line) == 4 for line in rest)


def test_without_whom_it_is_compared_with_there_is_no_ratio() -> None:
    (_, _, floor, *_) = lines(found(row("gateway-v1", 100)), QUICK.loads)
    assert floor == ["÷ HAProxy", "-"]


def test_what_was_not_delivered_stands_in_the_row() -> None:
    lossy = row("seed-way", 400)
    lossy.add(SENTENCES, seen(lost=2, spoilt=1, missing=3, failures=("closed with 1011",)))
    *_, last = lines(found(lossy), QUICK.loads)
    said = "2 chunks lost; 1 chunks spoilt; 3 products missing; closed with 1011"
    assert last == ["every byte and product delivered", said]


def test_a_limit_that_is_the_loads_is_told_as_at_least() -> None:
    by_load = row("haproxy", 50, saturated_at=800, saturated_by="load generator")
    own = row("seed-way", 400, saturated_at=300, saturated_by="contestant")
    (line,) = [each for each in lines(found(by_load, own), QUICK.loads) if "sessions a" in each[0]]
    assert line[1:] == ["≥ 800", "300"]


def test_the_table_is_markdown() -> None:
    first, second, *_ = markdown(found(row("haproxy", 50)), QUICK.loads).splitlines()
    assert first == "|  | Haproxy |"
    assert second == "| --- | ---: |"


# Targets.


def test_targets_are_met_or_missed() -> None:
    v1 = row("gateway-v1", 100, saturated_at=900, idle_kib=90, speaking_kib=150)
    v1.add(ALONE, seen())
    v1.add(TOGETHER, seen(call_ms={"p99": 9.0}))
    results = found(row("haproxy", 50), v1, row("seed-way", 500, saturated_at=200))
    by_name = {target.name: target for target in targets(results, FIRST)}
    assert {name: (round(t.found, 2), t.met) for name, t in by_name.items()} == {
        "first answer ÷ bare Starlette": (1.25, True),
        "v1: CPU a chunk, 100 ms x 150 ÷ seed-way": (0.2, True),
        "v1: CPU a chunk, 100 ms x 150 ÷ HAProxy": (2.0, True),
        "v1: KiB a speaking session": (150, True),
        "v1: KiB an idle session": (90, False),
        "v1: p99 of call to phone, 200 ÷ 1 session": (3.0, False),
        "v1: sessions a core ÷ seed-way": (4.5, True),
    }


def test_a_target_says_what_it_is() -> None:
    assert str(Target("memory", 90, 80)) == "memory: 90.00 (target ≤ 80): missed"
    assert str(Target("sessions", 5, 4, at_least=True)) == "sessions: 5.00 (target ≥ 4): met"
    assert not Target("not measured", math.nan, 1).met


# What is kept.


def test_results_are_read_as_they_were_written(tmp_path: Path) -> None:
    results = found(row("haproxy", 50), row("gateway-v2", 80))
    file = results.write(tmp_path / "results")
    assert file.name == "2026-11-25-quick.json"
    assert read(file).rows[1].of(FIRST.purpose)[0].cpu_us_per_chunk == 80
    assert lines(read(file), QUICK.loads) == lines(results, QUICK.loads)


def test_the_page_is_changed_between_two_comments_only() -> None:
    page = f"# Title\n\n{BEGIN}\nold\n{END}\n\nrest\n"
    assert between(page, "new") == f"# Title\n\n{BEGIN}\n\nnew\n\n{END}\n\nrest\n"
    with pytest.raises(ValueError, match="there is no"):
        between("# Title", "new")


def test_the_document_tells_when_and_where() -> None:
    text = section(found(row("haproxy", 50), row("gateway-v1", 99)), QUICK)
    assert text.startswith("Measured on 2026-11-25 by a quick run")
    assert "| ÷ HAProxy | 1.00 | 1.98 |" in text


def test_the_plots_are_svg() -> None:
    results = found(row("haproxy", 50), row("gateway-v1", 99))
    drawings = (costs(results, QUICK.loads), memory(results), delays(results), delays(found()))
    for drawn in drawings:
        assert ET.fromstring(drawn).tag.endswith("svg")  # noqa: S314 - ours


def test_a_curve_has_one_point_for_each_number_of_sessions() -> None:
    once = found(row("haproxy", 50))
    twice = found(row("haproxy", 50))
    twice.rows[0].limits.append(seen(phones=400, delay_ms={"p99": 3.0}))
    assert delays(twice) == delays(once)


def test_bars_of_what_was_not_measured_are_left_out() -> None:
    drawn = costs(found(Row("haproxy", "HAProxy"), row("gateway-v1", 99)), QUICK.loads)
    assert "nan" not in drawn
