from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bench import capacity
from bench.capacity import Cost, Instance, cost_of, instances_for, limits, section
from bench.compare.document import END, begin
from bench.compare.results import newest, read
from bench.compare.run import TOGETHER
from bench.service import ROOT
from tests.support.compared import found, row, seen

SMALL = Instance(1, 512)


def cost(
    cpu_ms: float = 1.0, kib: float = 160, base_mib: float = 90, saturated_at: int = 900
) -> Cost:
    return Cost("v2", cpu_ms, kib, base_mib, saturated_at)


@pytest.mark.parametrize(
    ("of", "what", "sessions"),
    [
        (cost(cpu_ms=2.0), "CPU", 300),
        (cost(cpu_ms=0.1, saturated_at=500), "CPU", 300),
        (cost(cpu_ms=1.0, saturated_at=0), "CPU", 600),
        (cost(cpu_ms=1.0, kib=1024, base_mib=100), "memory", 181),
        (cost(base_mib=1000), "memory", 0),
        (cost(cpu_ms=0.1, kib=1, saturated_at=0), "Cloud Run", 1000),
    ],
)
def test_an_instance_holds_what_its_lowest_limit_lets_it(
    of: Cost, what: str, sessions: int
) -> None:
    assert next(iter(limits(of, SMALL).items())) == (what, sessions)


def test_one_instance_is_there_to_spare() -> None:
    assert instances_for(1_000, cost(cpu_ms=2.0), SMALL) == 5
    assert instances_for(900, cost(cpu_ms=2.0), SMALL) == 4


def test_an_instance_costs_what_its_cores_and_memory_cost() -> None:
    assert SMALL.dollars_an_hour == pytest.approx(0.0684)
    assert (SMALL.title, Instance(2, 2048).title) == ("1 vCPU, 512 MiB", "2 vCPU, 2 GiB")


def test_a_session_costs_what_one_with_products_was_seen_to_cost() -> None:
    spoken = row("gateway-v2", 100, speaking_kib=160, base_kib=92160, saturated_at=700)
    assert cost_of(spoken).cpu_ms == 1.0
    spoken.add(TOGETHER, seen(cpu_ms_per_session_second=1.5))
    assert cost_of(spoken) == Cost("Gateway-V2", 1.5, 160, 90, 700)


def test_the_section_has_both_tables() -> None:
    v2 = row("gateway-v2", 100, speaking_kib=160, base_kib=92160, saturated_at=700)
    v1 = row("gateway-v1", 200, speaking_kib=160, saturated_at=700)
    text = section(found(row("haproxy", 50), v2, v1))
    assert "quick run of 2026-11-25" in text
    assert "* Gateway-V2: 1.00 ms of CPU a second of speech, 160 KiB, beside 90 MiB" in text
    assert "| 1 vCPU, 512 MiB | **420** by CPU (" in text
    # The dearer of the two.
    assert "| instances of 1 vCPU, 512 MiB, 1 to spare | 5 | 335 |" in text
    assert "| Gemini, dollars an hour, for the new sound alone | 270 | 27,000 |" in text


def test_it_is_written_where_its_comment_stands(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"# Title\n\n{begin('python -m bench.capacity')}\nold\n{END}\n")
    capacity.written_into(page, found(row("gateway-v2", 100, speaking_kib=160)))
    assert "old" not in page.read_text()
    assert "sessions of an instance" in page.read_text()


def test_a_full_run_counts_before_a_newer_quick_one(tmp_path: Path) -> None:
    assert newest(tmp_path) is None
    for name in ("2026-01-01-full", "2026-02-01-full", "2026-03-01-quick"):
        tmp_path.joinpath(f"{name}.json").touch()
    assert newest(tmp_path) == tmp_path / "2026-02-01-full.json"


def test_cloud_run_sends_an_instance_no_more_than_it_was_seen_to_hold() -> None:
    service = yaml.safe_load((ROOT / "cloudrun.yaml").read_text())
    spec = service["spec"]["template"]["spec"]
    resources = spec["containers"][0]["resources"]["limits"]
    assert resources == {"cpu": "1", "memory": "512Mi"}
    assert spec["timeoutSeconds"] == 3600
    results = newest(ROOT / "bench" / "results")
    assert results is not None
    costs = [cost_of(each) for each in read(results).rows if each.key.startswith("gateway-")]
    holds = min(min(limits(each, SMALL).values()) for each in costs)
    assert spec["containerConcurrency"] <= holds
