"""The dashboard and the alerts: what they look at exists, and promtool takes them."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import urllib.request
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import yaml
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect

from actors.tally import Gauges
from gateway import refusals
from schemas.admin import BreakerView, QueueView
from tests.support.an_app import App
from tests.support.asgi import request
from tests.support.gateway_process import GatewayProcess
from tests.support.markdown import rows
from tests.support.processes import EmulatorProcess

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OPERATIONS = (ROOT / "docs/operations.md").read_text()
DASHBOARD = json.loads((DEPLOY / "grafana-dashboard.json").read_text())
RULES = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus-rules.yaml").read_text())["groups"]
    for rule in group["rules"]
]
EXAMPLES = yaml.safe_load((DEPLOY / "prometheus-rules.test.yaml").read_text())["tests"]
OF_THE_SCRAPER = {"instance", "job"}
"""Labels that Prometheus adds."""
CAPPED = {"MAX_SESSIONS": "100", "DAY_TOKENS": "800/1000", "DAY_COST": "4/5"}
"""What some metrics are there for."""


def expressions() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        for target in panel["targets"]:
            yield target["expr"]
    for rule in RULES:
        yield rule["expr"]


class IdleSession:
    """Satisfies `actors.tally.Counted`."""

    def settle(self) -> None:
        """Nothing is new."""

    def gauges(self) -> Gauges:
        queue = QueueView("ms", 100, 25, 50, 0)
        return Gauges(state="idle", uplink=queue, inbox=queue, outbox=queue)


@pytest.fixture
async def families() -> dict[str, Any]:
    """Each metric family of ours, as scraped from a service that has counted everything once."""
    app = App(CAPPED)
    refusals.count("a_test")
    for key in (
        ("breaker_opened",),
        ("dropped", "uplink", "ms"),
        ("events", "ready", "INFO"),
        ("function_called", "accepted"),
        ("link_left", "go_away"),
        ("link_lost", "transient", "nobody"),
        ("link_opened", "false"),
        ("link_stalled", "true"),
        ("session_ended", "1000"),
        ("tokens", "prompt", "audio"),
    ):
        app.tally.counts[key] += 1
    breaker = BreakerView("closed", 0, 0, 0, None, 24, None)
    app.upstream.told = replace(app.upstream.told, breaker=breaker)
    app.tally.sessions.add(IdleSession())
    text = (await request(app.asgi, "/metrics")).body.decode()
    return {
        family.name + ("_total" if family.type == "counter" else ""): family
        for family in text_string_to_metric_families(text)
    }


async def test_all_that_is_looked_at_is_scraped(families: dict[str, Any]) -> None:
    scraped = set(families) | {
        f"{name}_{part}"
        for name, family in families.items()
        if family.type == "histogram"
        for part in ("bucket", "sum", "count")
    }
    for expression in expressions():
        named = set(re.findall(r"\b(?:gateway|process)_\w+", expression))
        assert named <= scraped, expression
    assert {name for name in families if name.startswith("gateway_")} <= set(
        re.findall(r"gateway_\w+?(?=_bucket\b|\W)", " ".join(expressions()))
    ) | {"gateway_build_info", "gateway_users", "gateway_breaker_opened_total"}


async def test_the_metrics_are_those_that_the_document_names(families: dict[str, Any]) -> None:
    documented = {
        name: set(re.findall(r"\w+", labels))
        for name, labels, _ in rows(OPERATIONS, "| metric | labels | what |")
    }
    ours = {name: family for name, family in families.items() if name.startswith("gateway_")}
    assert set(documented) == set(ours)
    for name, family in ours.items():
        labels = {label for sample in family.samples for label in sample.labels} - {"le"}
        assert not family.samples or labels == documented[name], name


async def fresh() -> list[tuple[str, dict[str, str]]]:
    """Return each series, by name and labels, of an instance that nothing has happened to yet."""
    app = App(CAPPED)
    breaker = BreakerView("closed", 0, 0, 0, None, 24, None)
    app.upstream.told = replace(app.upstream.told, breaker=breaker)
    text = (await request(app.asgi, "/metrics")).body.decode()
    families = text_string_to_metric_families(text)
    return [(sample.name, dict(sample.labels)) for one in families for sample in one.samples]


async def test_whatever_an_alert_looks_for_stands_there_before_it_happens() -> None:
    series = await fresh()
    for rule in RULES:
        for name, matchers in re.findall(r"\b((?:gateway|process)_\w+)(?:{(.*?)})?", rule["expr"]):
            wanted = {
                label: (operator, value)
                for label, operator, value in re.findall(r'(\w+)([=!~]+)"(.*?)"', matchers)
                if label not in OF_THE_SCRAPER
            }
            assert any(
                named == name and all(_fits(labels[at], *wanted[at]) for at in wanted)
                for named, labels in series
            ), (rule["alert"], name, matchers)


def _fits(value: str, operator: str, wanted: str) -> bool:
    found = re.fullmatch(wanted, value) if operator.endswith("~") else value == wanted
    return bool(found) != operator.startswith("!")


async def test_the_examples_of_the_alerts_are_of_series_as_they_are_exported() -> None:
    series = await fresh()
    for example in EXAMPLES:
        for one in example["input_series"]:
            name, _, labels = one["series"].partition("{")
            given = dict(re.findall(r'(\w+)="(.*?)"', labels))
            ours = {at: given[at] for at in given if at not in OF_THE_SCRAPER}
            assert name == "up" or (name, ours) in series, one["series"]
            assert not name.endswith("_total") or one["values"].startswith("0"), one["series"]


def test_every_alert_has_its_runbook_and_every_runbook_its_alert() -> None:
    alerts = [rule["alert"] for rule in RULES]
    runbook = OPERATIONS.split("\n## Runbook\n")[1].split("\n## ")[0]
    assert re.findall(r"^### (\w+)$", runbook, re.MULTILINE) == alerts
    for rule in RULES:
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_the_runbooks_get_an_address_by_the_command_of_the_document() -> None:
    (command,) = re.findall(r"\n(sed 's\|runbook: .*?) > build/", OPERATIONS, re.DOTALL)
    done = subprocess.run(  # noqa: S603 - the command is ours
        ["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    (group,) = yaml.safe_load(done.stdout)["groups"]
    addresses = [rule["annotations"].get("runbook_url", "") for rule in group["rules"]]
    assert len(addresses) == len(RULES)
    assert all(address.startswith("https://git.example/") for address in addresses)


@pytest.mark.parametrize("configuration", ["prometheus.yaml", "prometheus-kubernetes.yaml"])
def test_the_job_that_alerts_and_dashboard_look_for_is_the_one_that_is_scraped(
    configuration: str,
) -> None:
    (scraped,) = yaml.safe_load((DEPLOY / configuration).read_text())["scrape_configs"]
    named = set(re.findall(r'job="(.*?)"', " ".join(expressions())))
    assert named == {scraped["job_name"]}


def test_the_panel_of_trouble_shows_the_events_that_are_warnings_or_worse() -> None:
    (panel,) = (panel for panel in DASHBOARD["panels"] if panel["title"] == "Events of trouble")
    name, matchers = re.findall(r"(\w+){(.*?)}", panel["targets"][0]["expr"])[0]
    assert name == "gateway_events_total"
    wanted = re.findall(r'(event|severity)([=!~]+)"(.*?)"', matchers)
    for event, severity, *_ in rows(OPERATIONS, "| event | severity | fields | when |"):
        labels = {"event": event, "severity": severity}
        shown = all(_fits(labels[at], operator, value) for at, operator, value in wanted)
        assert shown == (severity in {"WARNING", "ERROR"}), event


async def test_every_line_of_our_own_in_the_log_is_counted_from_the_first_one_on() -> None:
    settings = {"LOG_LEVEL": "DEBUG", "AUTH_JWT_SECRET": "a-secret-of-thirty-two-bytes-or-more"}
    with EmulatorProcess("--ears", "none") as emulator:
        for more in (settings, {"LOG_LEVEL": "DEBUG"}):
            with GatewayProcess.on(emulator, more) as gateway:
                gateway.line("ready")
                reader, writer = await asyncio.open_connection("127.0.0.1", gateway.port)
                writer.write(b"no HTTP at all\r\n\r\n")
                assert (await reader.read()).startswith(b"HTTP/1.1 400")
                writer.close()
                if more is not settings:
                    async with connect(f"{gateway.ws_url}/ws/anna") as phone:
                        await phone.send('{"type":"start_session"}')
                        while json.loads(await phone.recv()).get("status") != "listening":
                            pass
                    await asyncio.to_thread(gateway.line, "session_ended")
                counted = _events(await asyncio.to_thread(_text_of, f"{gateway.http_url}/metrics"))
                gateway.terminate()
                gateway.wait()
            before = takewhile(lambda line: line["message"] != "draining", gateway.lines)
            written = Counter((line["message"], line["severity"]) for line in before)
            assert counted == written
            assert {("listening", "INFO"), ("request_refused", "INFO")} <= set(counted)
            assert (("event_handled", "DEBUG") in counted) == (more is not settings)


def _text_of(url: str) -> str:
    with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 - our own
        text: bytes = answer.read()
    return text.decode()


def _events(text: str) -> dict[tuple[str, str], float]:
    return {
        (sample.labels["event"], sample.labels["severity"]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "gateway_events_total" and sample.value
    }


def _promtool() -> str:
    promtool = shutil.which("promtool")
    assert promtool is not None, "promtool is missing: `make tests` installs Debian's prometheus"
    return promtool


def test_the_dashboards_panels_do_not_overlap() -> None:
    taken = set()
    for panel in DASHBOARD["panels"]:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert x < 24
                assert (x, y) not in taken, panel["title"]
                taken.add((x, y))
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "prometheus-rules.yaml"),
        ("test", "rules", "prometheus-rules.test.yaml"),
        ("check", "config", "prometheus.yaml"),
    ],
)
def test_promtool_takes_rules_examples_and_configuration(arguments: tuple[str, ...]) -> None:
    done = subprocess.run(  # noqa: S603 - the command is ours
        [_promtool(), *arguments], cwd=DEPLOY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_takes_the_configuration_for_kubernetes(tmp_path: Path) -> None:
    configuration = yaml.safe_load((DEPLOY / "prometheus-kubernetes.yaml").read_text())
    (scraped,) = configuration["scrape_configs"]
    # A promtool as distributions build it knows no Kubernetes.
    assert scraped.pop("kubernetes_sd_configs") == [{"role": "pod"}]
    scraped["static_configs"] = [{"targets": ["localhost:8000"]}]
    # promtool looks whether there is a token where Prometheus will find it mounted.
    assert scraped["authorization"] == {"credentials_file": "/etc/prometheus/metrics-token"}
    scraped["authorization"]["credentials_file"] = str(tmp_path / "metrics-token")
    (tmp_path / "metrics-token").write_text("a-token")
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump(configuration))
    shutil.copy(DEPLOY / "prometheus-rules.yaml", tmp_path)
    done = subprocess.run(  # noqa: S603 - the command is ours
        [_promtool(), "check", "config", "prometheus.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


async def test_promtool_finds_no_fault_with_what_is_scraped() -> None:
    text = (await request(App().asgi, "/metrics")).body
    done = subprocess.run(  # noqa: ASYNC221, S603 - the command is ours
        [_promtool(), "check", "metrics"], input=text, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
