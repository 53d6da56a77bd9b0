from __future__ import annotations

import base64

import pytest
from msgspec.structs import replace
from prometheus_client.parser import text_string_to_metric_families

from actors.tally import Gauges, Tally
from gateway import refusals
from schemas.admin import BreakerView, QueueView
from schemas.bill import Bill
from tests.support.an_app import App
from tests.support.asgi import connected, request
from tests.support.gemini_says import TURN_COMPLETE, call, calls, heard, usage
from tests.support.moments import a_moment, seconds_pass
from tests.support.sounds import silence, speech


async def scraped(app: App) -> dict[tuple[str, tuple[str, ...]], float]:
    """Return each sample's value by its name and its labels' values."""
    answer = await request(app.asgi, "/metrics")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
    }


async def test_a_service_without_sessions_shows_all_states_and_counters_at_nothing() -> None:
    metrics = await scraped(App())
    assert metrics["gateway_ready", ()] == 1
    assert metrics["gateway_sessions", ("listening",)] == 0
    assert metrics["gateway_products_total", ()] == 0
    assert metrics["gateway_uplink_delay_seconds_bucket", ("+Inf",)] == 0
    assert metrics["gateway_store_available", ()] == 1
    assert metrics["gateway_log_lines_dropped_total", ()] == 0
    assert ("process_resident_memory_bytes", ()) in metrics


async def test_what_alerts_look_at_stands_at_nothing_before_it_happens() -> None:
    metrics = await scraped(App())
    assert metrics["gateway_events_total", ("session_broke", "ERROR")] == 0
    assert metrics["gateway_link_losses_total", ("peer", "refused")] == 0
    assert metrics["gateway_sessions_ended_total", ("4008",)] == 0
    assert ("gateway_refusals_total", ("full",)) in metrics


async def test_what_a_session_does_is_shown_while_it_goes_and_afterwards() -> None:
    app = App()
    async with connected(app.asgi, "/ws/anna") as phone:
        phone.says("start_session")
        pcm = speech(500) + silence(600)
        phone.says("audio_chunk", audio_data=base64.b64encode(pcm).decode())
        await seconds_pass(1)
        app.upstream.newest.says(
            heard("Dodaj mleko"), calls(call("c1")), usage(10, 4), TURN_COMPLETE
        )
        await a_moment()
        during = await scraped(app)
        phone.leaves(1001)
        await a_moment()
    after = await scraped(app)
    assert during["gateway_sessions", ("listening",)] == 1
    assert during["gateway_users", ()] == 1
    assert during["gateway_queue_depth", ("uplink", "ms")] == 0
    assert during["gateway_queue_fullest_ratio", ("outbox", "bytes")] == 0
    assert after["gateway_sessions", ("listening",)] == 0
    assert after["gateway_sessions_ended_total", ("1001",)] == 1
    for metrics in (during, after):
        assert metrics["gateway_sessions_begun_total", ()] == 1
        assert metrics["gateway_audio_seconds_total", ()] == pytest.approx(1.1)
        assert metrics["gateway_products_total", ()] == 1
        assert metrics["gateway_function_calls_total", ("accepted",)] == 1
        assert metrics["gateway_links_opened_total", ("false",)] == 1
        assert metrics["gateway_tokens_total", ("prompt", "unattributed")] == 10
        assert metrics["gateway_events_total", ("function_called", "INFO")] == 1
        assert metrics["gateway_uplink_delay_seconds_count", ()] == 1
        assert metrics["gateway_product_delay_seconds_bucket", ("0.1",)] == 0
        assert metrics["gateway_product_delay_seconds_bucket", ("1.5",)] == 1


async def test_a_full_instance_is_not_ready_as_the_probe_says() -> None:
    app = App({"MAX_SESSIONS": "2"})
    before = await scraped(app)
    async with connected(app.asgi, "/ws/anna"):
        during = await scraped(app)
        assert (await request(app.asgi, "/readyz")).json == {"status": "full"}
    assert (before["gateway_ready", ()], before["gateway_max_sessions", ()]) == (1, 2)
    assert (during["gateway_ready", ()], during["gateway_sessions", ("idle",)]) == (0, 1)
    assert ("gateway_max_sessions", ()) not in await scraped(App({"MAX_SESSIONS": "0"}))


async def test_the_breaker_is_shown_where_there_is_one() -> None:
    app = App()
    assert ("gateway_breaker_open", ()) not in await scraped(app)
    breaker = BreakerView("open", 5, 17, 1, 1.0, 24, None)
    app.upstream.told = replace(app.upstream.told, breaker=breaker, open_links=3)
    metrics = await scraped(app)
    assert metrics["gateway_breaker_open", ()] == 1
    assert metrics["gateway_links_waiting", ()] == 17
    assert metrics["gateway_open_links", ()] == 3


async def test_the_days_budget_is_shown_where_there_is_one() -> None:
    assert not [name for name, _ in await scraped(App()) if name.startswith("gateway_budget")]
    app = App({"DAY_TOKENS": "800/1000", "DAY_COST": "0.50/none"})
    app.spent = Bill(600, 250_000_000)
    shown = {key: n for key, n in (await scraped(app)).items() if key[0].startswith("gateway_bud")}
    assert shown == {
        ("gateway_budget_spent", ("day", "tokens")): 600,
        ("gateway_budget_soft_cap", ("day", "tokens")): 800,
        ("gateway_budget_hard_cap", ("day", "tokens")): 1_000,
        ("gateway_budget_spent", ("day", "dollars")): 0.25,
        ("gateway_budget_soft_cap", ("day", "dollars")): 0.5,
    }


async def test_refused_handshakes_are_shown_by_cause() -> None:
    app = App()
    before = refusals.counts().get("bad_user_id", 0)
    async with connected(app.asgi, "/ws/a%20b"):
        pass
    metrics = await scraped(app)
    assert metrics["gateway_refusals_total", ("bad_user_id",)] == before + 1


class ManySessions:
    """A session of many; satisfies `actors.tally.Counted`."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally

    def settle(self) -> None:
        self._tally.counts["products",] += 1

    def gauges(self) -> Gauges:
        queue = QueueView("ms", 100, 25, 50, 0)
        return Gauges(state="idle", uplink=queue, inbox=queue, outbox=queue)


async def test_many_sessions_are_settled_some_at_a_time() -> None:
    app = App()
    app.tally.sessions.update(ManySessions(app.tally) for _ in range(250))
    metrics = await scraped(app)
    assert metrics["gateway_products_total", ()] == 250
    assert metrics["gateway_sessions", ("idle",)] == 250
    assert metrics["gateway_queue_depth", ("uplink", "ms")] == 250 * 25
    assert metrics["gateway_queue_fullest_ratio", ("uplink", "ms")] == 0.25


@pytest.mark.parametrize("given", [None, "Bearer wrong", "Basic sesame", "sesame", "Bearer ł"])
async def test_with_a_token_only_those_who_have_it_see_the_metrics(given: str | None) -> None:
    app = App({"METRICS_TOKEN": "sesame"})
    headers = {} if given is None else {"authorization": given.encode().decode("latin-1")}
    refused = await request(app.asgi, "/metrics", headers=headers)
    assert refused.status == 401
    assert refused.headers["www-authenticate"] == 'Bearer realm="metrics"'
    assert "METRICS_TOKEN" in refused.json["error"]
    (noted,) = app.observer.noted("request_refused")
    assert (noted["status"], noted["cause"]) == (401, "metrics_token")
    answer = await request(app.asgi, "/metrics", headers={"authorization": "bearer sesame"})
    assert answer.status == 200


async def test_openmetrics_is_spoken_to_whoever_asks_for_it() -> None:
    accept = {"accept": "application/openmetrics-text; version=1.0.0"}
    answer = await request(App().asgi, "/metrics", headers=accept)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.body.endswith(b"# EOF\n")
