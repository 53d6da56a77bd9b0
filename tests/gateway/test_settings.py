from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from actors.allowance import Rates
from actors.caps import Cap, Caps
from actors.policy import SessionPolicy
from gateway.connects import Connects
from gateway.setting_values import Secret
from gateway.settings import Settings, WrongSettings, variables
from gateway.settings_reference import render

ROOT = Path(__file__).parents[2]


def read(**environment: str) -> Settings:
    return Settings.from_environment(environment)


def problems(**environment: str) -> tuple[str, ...]:
    with pytest.raises(WrongSettings) as caught:
        read(**environment)
    return caught.value.problems


def test_nothing_set_gives_the_documented_defaults() -> None:
    settings = read()
    assert (settings.host, settings.port, settings.log_level) == ("127.0.0.1", 8000, "INFO")
    assert (settings.model, settings.language) == ("gemini-3.8-live", "pl-PL")
    assert settings.admin_token is None
    assert not settings.has_upstream


def test_the_defaults_of_bounds_and_timeouts_are_the_sessions_own() -> None:
    assert read().policy == SessionPolicy()


def test_every_bound_and_timeout_reaches_the_sessions() -> None:
    policy = read(
        SESSION_LANGUAGE="en-US",
        UPLINK_BUFFER_MS="2000",
        OUTBOX_BYTES="600000",
        CLIENT_SEND_TIMEOUT_S="3",
        STOP_QUIET_S="0.2",
        STOP_LIMIT_S="4.5",
        DRAIN_TIMEOUT="5.5",
        CONNECTION_AGE_S="11",
        LINK_RESTARTS="2",
        LINK_RESTARTS_PERIOD_S="9",
        OUTAGE_S="33",
        LINK_AGE_S="50",
        SESSION_AGE_S="70.5",
        STALL_S="1.5",
        SILENCE_S="11",
        DRAIN_SPEED="2.5",
        MERGE_UP_TO_MS="0",
        SESSION_RESUME_WINDOW="61.5",
        PHONE_GRACE_S="0",
        SUGGEST_BELOW="0.25",
    ).policy
    assert (policy.language, policy.uplink_ms, policy.outbox_bytes) == ("en-US", 2_000, 600_000)
    assert (policy.client_send_timeout_s, policy.stop_quiet_s, policy.stop_limit_s) == (3, 0.2, 4.5)
    assert (policy.drain_s, policy.connection_age_s) == (4.5, 11)
    assert (policy.restart.intensity, policy.restart.period_s) == (2, 9)
    assert (policy.restart.outage_s, policy.stall_s, policy.silence_s) == (33, 1.5, 11)
    assert (policy.ages.link_s, policy.ages.session_s, policy.drain_speed) == (50, 70.5, 2.5)
    assert (policy.resume_window_s, policy.phone_grace_s) == (61.5, 0)
    assert (policy.suggest_below, policy.merge_up_to_ms) == (0.25, 0)


def test_bounds_of_what_is_kept_between_connections_can_be_set() -> None:
    settings = read()
    assert (settings.parked_sessions, settings.parked_bytes) == (10_000, 128 << 20)
    settings = read(PARKED_SESSIONS="0", PARKED_BYTES="5")
    assert (settings.parked_sessions, settings.parked_bytes) == (0, 5)


def test_an_empty_variable_is_an_unset_one() -> None:
    assert read(PORT="", GEMINI_API_KEY=" ") == read()


@pytest.mark.parametrize(
    ("name", "text", "remedy"),
    [
        ("PORT", "eight", "set it to a whole number from 0 to 65535"),
        ("PORT", "65536", "set it to a whole number from 0 to 65535"),
        ("PORT", "-1", "set it to a whole number from 0 to 65535"),
        ("PORT", "\u0661", "set it to a whole number from 0 to 65535"),
        ("HOST", "a b", "set it to one word"),
        ("SESSION_TOKENS", "many", "set it to the most, with or without the place of the warning"),
        ("DAY_TOKENS", "1.5", "set it to the most, with or without the place of the warning"),
        ("DAY_COST", "-1", "set it to the most, with or without the place of the warning"),
        ("DAY_COST", "2/1", "set it to a warning that comes before the most: 0.50 or 0.40/0.50"),
        ("PRICE_TABLE", "/nowhere", "set it to the path of a file that exists"),
        ("LOG_LEVEL", "LOUD", "set it to DEBUG, INFO, WARNING, ERROR or CRITICAL"),
        ("GEMINI_MODEL", "models/x", "set it to a model's name such as gemini-3.8-live"),
        ("GEMINI_API_VERSION", "1", "set it to a version such as v1beta"),
        ("SESSION_LANGUAGE", "polish!", "set it to a BCP 47 tag such as pl-PL"),
        ("CONNECT_TIMEOUT_S", "0", "set it to seconds from 1 to 120"),
        ("CONNECT_TIMEOUT_S", "nan", "set it to seconds from 1 to 120"),
        ("STALL_S", "0.4", "set it to seconds from 0.5 to 60"),
        ("LINK_AGE_S", "1e3", "set it to seconds from 5 to 86400"),
        ("DRAIN_SPEED", "1", "set it to a number from 1.5 to 20"),
        ("GOOGLE_GENAI_USE_VERTEXAI", "yes", "set it to true or false"),
        ("GOOGLE_GEMINI_BASE_URL", "http://x", "an address such as https://localhost:8443"),
        ("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:9199", "; http is not allowed, for the key"),
        ("GOOGLE_GEMINI_BASE_URL", "https://[", "an address such as https://localhost:8443"),
        ("GOOGLE_VERTEX_BASE_URL", "https://x:99999", "an address such as"),
        ("SSL_CERT_FILE", "/nowhere.pem", "set it to the path of a file that exists"),
        ("EMULATOR_EARS", "big", "set it to auto, pocketsphinx, tones or none"),
    ],
)
def test_a_wrong_value_is_named_quoted_and_remedied(name: str, text: str, remedy: str) -> None:
    (problem,) = problems(**{name: text})
    assert problem.startswith(f"{name} is {text!r}: ")
    assert remedy in problem


@pytest.mark.parametrize("name", ["GEMINI_API_KEY", "GOOGLE_API_KEY", "ADMIN_TOKEN"])
def test_a_wrong_secret_is_named_but_not_quoted(name: str) -> None:
    (problem,) = problems(**{name: "geheim geheim"})
    assert problem == f"{name} has a wrong value: set it to visible ASCII characters without spaces"


def test_all_that_is_wrong_is_said_at_once_and_in_one_line() -> None:
    with pytest.raises(WrongSettings) as caught:
        read(PORT="x", LOG_LEVEL="y")
    assert "PORT" in str(caught.value)
    assert "LOG_LEVEL" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_address_without_a_key_is_refused() -> None:
    (problem,) = problems(GOOGLE_GEMINI_BASE_URL="https://localhost:9443")
    assert "set GEMINI_API_KEY too" in problem


def test_vertex_ai_at_another_address_needs_project_and_location() -> None:
    vertex = {
        "GOOGLE_GENAI_USE_VERTEXAI": "true",
        "GOOGLE_VERTEX_BASE_URL": "https://vertex.test",
    }
    assert problems(**vertex) == (
        "GOOGLE_CLOUD_PROJECT is not set: set it, since GOOGLE_VERTEX_BASE_URL is",
        "GOOGLE_CLOUD_LOCATION is not set: set it, since GOOGLE_VERTEX_BASE_URL is",
    )
    (problem,) = problems(**vertex, GEMINI_API_KEY="k", GOOGLE_CLOUD_LOCATION="europe-west4")
    assert problem.startswith("GOOGLE_CLOUD_PROJECT is not set")
    assert read(**vertex, GEMINI_API_KEY="k").upstream.api_key == "k"


@pytest.mark.parametrize(
    ("wrong", "right", "problem"),
    [
        ({"STALL_S": "15"}, {"STALL_S": "14.9"}, "set STALL_S to less than 15"),
        ({"UPLINK_BUFFER_MS": "8000"}, {"UPLINK_BUFFER_MS": "8001"}, "set STALL_S to less than 8"),
        ({"SILENCE_S": "7"}, {"SILENCE_S": "8"}, "SILENCE_S is 7: set it to STALL_S (8) or more"),
        ({"STOP_LIMIT_S": "7.1"}, {"STOP_LIMIT_S": "7"}, "set STOP_LIMIT_S to 7 or less"),
        ({"DRAIN_TIMEOUT": "6"}, {"DRAIN_TIMEOUT": "7"}, "or DRAIN_TIMEOUT to 7 or more"),
        ({"CONNECTION_AGE_S": "15"}, {"CONNECTION_AGE_S": "16"}, "to twice that or more, or to 0"),
        ({"CONNECTION_AGE_S": "1"}, {"CONNECTION_AGE_S": "0"}, "to twice that or more, or to 0"),
        ({"OUTAGE_S": "15"}, {"OUTAGE_S": "15.5"}, "set OUTAGE_S to more"),
        ({"CONNECT_TIMEOUT_S": "90"}, {"CONNECT_TIMEOUT_S": "89"}, "set OUTAGE_S to more"),
    ],
)
def test_limits_that_do_not_fit_each_other_are_named(
    wrong: dict[str, str], right: dict[str, str], problem: str
) -> None:
    (named,) = problems(**wrong)
    assert problem in named
    read(**right)


def test_no_secret_shows_in_the_repr() -> None:
    shown = repr(read(GEMINI_API_KEY="geheim1", GOOGLE_API_KEY="geheim2", ADMIN_TOKEN="geheim3"))  # noqa: S106 - a made-up one
    assert "geheim" not in shown


def test_every_secret_is_known_to_those_who_must_hide_it() -> None:
    settings = read(GEMINI_API_KEY="k1", GOOGLE_API_KEY="k2", ADMIN_TOKEN="t", METRICS_TOKEN="m")  # noqa: S106 - made-up ones
    assert settings.secrets == (Secret("k1"), Secret("k2"), Secret("t"), Secret("m"))
    assert {v.name for v in variables().values() if v.secret} == {
        "GEMINI_API_KEY",
        "GOOGLE_API_KEY",
        "ADMIN_TOKEN",
        "AUTH_JWT_SECRET",
        "METRICS_TOKEN",
        "SESSION_STORE",
    }


def test_sessions_are_kept_in_memory_unless_a_redis_is_given() -> None:
    assert read().session_store is None
    assert read(SESSION_STORE="Memory").session_store is None
    for address in (
        "redis://localhost",
        "redis://h:6379/0",
        "rediss://:p%40ss@h:6380",
        "redis://h/",
    ):
        assert read(SESSION_STORE=address).session_store == Secret(address)


@pytest.mark.parametrize(
    "address",
    [
        "redis",
        "http://h",
        "redis://",
        "redis://h:0",
        "redis://h:99999",
        "redis://h/db",
        "redis://h?x=1",
        "redis://h#1",
        "rediss://[",
        "redis://:geheim geheim@h",
    ],
)
def test_a_store_that_is_none_is_named_but_not_quoted(address: str) -> None:
    (problem,) = problems(SESSION_STORE=address)
    assert problem == (
        "SESSION_STORE has a wrong value: set it to memory, or an address such as "
        "redis://:password@host:6379/0 or rediss://host"
    )


def test_the_password_of_the_store_is_hidden_as_it_is_sent() -> None:
    address = "rediss://someone:p%40ssword@h:6380/1"
    assert read(SESSION_STORE=address).secrets == (Secret(address), Secret("p@ssword"))
    assert read(SESSION_STORE="redis://h").secrets == (Secret("redis://h"),)


def test_with_a_key_the_upstream_is_the_developer_api() -> None:
    upstream = read(GEMINI_API_KEY="k", GOOGLE_CLOUD_PROJECT="p").upstream
    assert (upstream.kind, upstream.api_key, upstream.api_version) == ("gemini", "k", "v1beta")
    assert (upstream.project, upstream.base_url, upstream.ca_file) == (None, None, None)


def test_google_api_key_wins_as_it_does_in_google_genai() -> None:
    assert read(GEMINI_API_KEY="k1", GOOGLE_API_KEY="k2").upstream.api_key == "k2"


def test_an_address_and_its_certificate_reach_the_upstream() -> None:
    settings = read(
        GEMINI_API_KEY="k", GOOGLE_GEMINI_BASE_URL="https://localhost:1", SSL_CERT_FILE=__file__
    )
    assert settings.upstream.base_url == "https://localhost:1"
    assert settings.upstream.ca_file == __file__


@pytest.mark.parametrize(
    ("changes", "known_as"),
    [
        ({}, "emulator"),
        ({"GEMINI_API_KEY": "k"}, "gemini"),
        (
            {
                "GEMINI_API_KEY": "k",
                "GOOGLE_GEMINI_BASE_URL": "https://generativelanguage.googleapis.com",
            },
            "gemini",
        ),
        ({"GEMINI_API_KEY": "k", "GOOGLE_GEMINI_BASE_URL": "https://localhost:1"}, "custom"),
        (
            {"GEMINI_API_KEY": "k", "GOOGLE_GEMINI_BASE_URL": "https://googleapis.com.test"},
            "custom",
        ),
        ({"GOOGLE_GENAI_USE_VERTEXAI": "true"}, "vertex"),
        (
            {
                "GOOGLE_GENAI_USE_VERTEXAI": "true",
                "GEMINI_API_KEY": "k",
                "GOOGLE_VERTEX_BASE_URL": "https://europe-west4-aiplatform.googleapis.com",
            },
            "vertex",
        ),
    ],
)
def test_upstream_is_called_what_is_known_of_it(changes: dict[str, str], known_as: str) -> None:
    assert read(**changes).upstream.known_as == known_as


def test_emulator_that_the_service_runs_is_known_wherever_it_is() -> None:
    own = dataclasses.replace(read().upstream, base_url="https://localhost:1")
    assert own.known_as == "emulator"


def test_vertex_ai_prefers_a_project_to_a_key() -> None:
    upstream = read(
        GOOGLE_GENAI_USE_VERTEXAI="true",
        GEMINI_API_KEY="k",
        GOOGLE_CLOUD_PROJECT="p",
        GOOGLE_CLOUD_LOCATION="europe-west4",
        GOOGLE_VERTEX_BASE_URL="https://vertex.test",
    ).upstream
    assert (upstream.kind, upstream.api_key, upstream.api_version) == ("vertex", None, "v1beta1")
    assert (upstream.project, upstream.location) == ("p", "europe-west4")
    assert upstream.base_url == "https://vertex.test"


def test_vertex_ai_takes_a_key_when_there_is_no_project() -> None:
    assert read(GOOGLE_GENAI_USE_VERTEXAI="1", GEMINI_API_KEY="k").upstream.api_key == "k"


def test_the_newer_name_of_vertex_ai_decides_when_both_are_set() -> None:
    settings = read(GOOGLE_GENAI_USE_ENTERPRISE="false", GOOGLE_GENAI_USE_VERTEXAI="true")
    assert not settings.vertex
    assert read(GOOGLE_GENAI_USE_ENTERPRISE="true").has_upstream


def test_a_pinned_api_version_is_used_everywhere() -> None:
    assert read(GEMINI_API_KEY="k", GEMINI_API_VERSION="v1").upstream.api_version == "v1"


def test_without_key_and_vertex_ai_the_upstream_is_the_emulator() -> None:
    assert read().upstream.kind == "emulator"


def test_every_field_has_one_variable_with_a_name_of_its_own() -> None:
    declared = variables()
    assert list(declared) == [field.name for field in dataclasses.fields(Settings)]
    assert len({variable.name for variable in declared.values()}) == len(declared)


def test_every_default_is_a_value_that_may_be_set() -> None:
    defaults = {v.name: v.default for v in variables().values()}
    assert Settings.from_environment(defaults) == read()


def test_the_reference_is_what_the_settings_say() -> None:
    assert (ROOT / "docs" / "configuration.md").read_text() == render()


@pytest.mark.parametrize("address", ["http://localhost:4318", "https://traces.example/base"])
def test_a_receiver_of_traces_has_an_address(address: str) -> None:
    assert read(OTEL_EXPORTER_OTLP_ENDPOINT=address).otlp_endpoint == address


@pytest.mark.parametrize(
    "address",
    [
        "localhost:4318",
        "grpc://h",
        "http://",
        "http://h:0",
        "http://[",
        "http://u:p@h",
        "http://h?k",
    ],
)
def test_an_address_that_traces_cannot_be_sent_to_is_refused(address: str) -> None:
    (problem,) = problems(OTEL_EXPORTER_OTLP_ENDPOINT=address)
    assert problem.endswith(
        "set it to an address such as http://localhost:4318, without a name or a password in it"
    )


def test_every_limit_reaches_the_sessions_and_the_door() -> None:
    settings = read(
        MAX_SESSIONS="1",
        SESSIONS_PER_ADDRESS="2",
        CONNECTS_PER_USER="3",
        CONNECTS_PER_ADDRESS="4",
        MESSAGES_PER_S="5",
        BYTES_PER_S="6000000",
        AUDIO_PER_S="7",
        BURST_S="8",
        IDLE_LIMIT_S="9",
        AGE_LIMIT_S="10",
        SESSION_TOKENS="1000",
        SESSION_COST="0.25/0.5",
        USER_DAY_TOKENS="20/none",
        USER_DAY_COST="1",
        DAY_TOKENS="30/40",
        DAY_COST="2",
    )
    policy = settings.policy
    assert settings.connects == Connects(1, 2, 3, 4)
    assert settings.frames == (80, 8.0)
    assert policy.rates == Rates(5, 6_000_000, 7, 8)
    assert (policy.idle_s, policy.age_s) == (9, 10)
    assert policy.budgets.session == Caps(Cap(800, 1_000), Cap(250_000_000, 500_000_000))
    assert policy.budgets.user == Caps(Cap(20, None), Cap(800_000_000, 1_000_000_000))
    assert policy.budgets.day == Caps(Cap(30, 40), Cap(1_600_000_000, 2_000_000_000))


def test_a_frame_that_is_allowed_must_not_be_too_much() -> None:
    (problem,) = problems(BYTES_PER_S="1000")
    assert problem.startswith("BYTES_PER_S times BURST_S is 10000, and MAX_FRAME_BYTES 1048576")
    assert read(BYTES_PER_S="0").bytes_per_s == 0


def test_a_cap_in_dollars_needs_a_price(tmp_path: Path) -> None:
    assert problems(DAY_COST="1", SESSION_COST="1", GEMINI_MODEL="gemini-9-live") == tuple(
        f"{name}_COST is set, and there is no price for GEMINI_MODEL gemini-9-live: "
        f"set PRICE_TABLE to a file that has it, or {name}_TOKENS instead"
        for name in ("SESSION", "DAY")
    )
    assert read(DAY_TOKENS="1", GEMINI_MODEL="gemini-9-live").day_cost is None
    table = tmp_path / "prices.toml"
    table.write_text("what?")
    (problem,) = problems(DAY_COST="1", PRICE_TABLE=str(table))
    assert problem.startswith(f"PRICE_TABLE cannot be used: {table}: ")
