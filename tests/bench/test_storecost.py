from __future__ import annotations

import pytest

from bench.storecost.report import Costs, percentile, report, rows, text
from bench.storecost.stats import Work, calls_of, p99_ms, work


def costs() -> Costs:
    """Return what is measured when all is well."""
    quiet = Work(60, 30, 60)
    return Costs(
        products=100,
        sessions=10,
        parked=1_000,
        comings=10,
        alone=quiet,
        selling=Work(60, 134, 460),
        speaking=quiet,
        silent=quiet,
        coming=Work(60, 72, 300),
        delays_ms=[2.0] * 99 + [5.0],
        memory_delays_ms=[1.0] * 100,
        script_p99_ms=0.3,
        parked_bytes=4 * 1024 * 1_000,
    )


def test_figures_are_of_what_instances_sent_beyond_what_they_send_alone() -> None:
    values = {row.what: round(row.value, 3) for row in rows(costs())}
    assert values["commands a product"] == 1.02
    assert values["commands a minute of a session that speaks"] == 0
    assert values["commands a minute of an instance"] == 30
    assert values["commands for a phone that comes back and leaves"] == 4
    assert values["memory of a parked session"] == 4


def test_bounds_are_kept_and_written_beside_the_figures() -> None:
    assert report(costs()) == 0
    assert "| commands a product | 1.02 | 1.5 |" in text(costs())
    assert "| memory of a parked session | 4.00 KiB | 12 KiB |" in text(costs())


def test_figure_above_its_bound_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    dear = costs()
    dear.parked_bytes *= 4
    assert report(dear) == 1
    assert capsys.readouterr().out.count("TOO MUCH") == 1


def test_delays_and_memory_of_few_are_not_judged() -> None:
    few = costs()
    few.parked, few.products = 10, 10
    few.selling = few.alone
    few.delays_ms[:] = [900.0] * 10
    assert report(few) == 0


def test_commands_are_counted_between_two_looks_without_the_looks() -> None:
    before = calls_of({"cmdstat_evalsha": "calls=3,usec=9", "cmdstat_info": "calls=1,usec=1"})
    after = calls_of(
        {
            "cmdstat_evalsha": "calls=10,usec=90,usec_per_call=9.0",
            "cmdstat_hset": "calls=20,usec=1",
            "cmdstat_info": "calls=2,usec=1",
            "db0": "keys=1",
        }
    )
    assert work(before, after, 2.0) == Work(2.0, 7, 20)


def test_p99_is_as_redis_tells_it() -> None:
    told = {"latency_percentiles_usec_evalsha": "p50=20.1,p99=250.5,p99.9=900"}
    assert p99_ms(told, "evalsha") == 0.2505
    assert p99_ms({}, "evalsha") == 0


def test_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([], 99) == 0
    assert percentile([3.0, 1.0, 2.0], 50) == 2.0
    assert percentile([float(n) for n in range(1, 101)], 99) == 99.0
