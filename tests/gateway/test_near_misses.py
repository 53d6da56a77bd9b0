from __future__ import annotations

import pytest

from gateway.near_misses import near_misses
from gateway.settings import variables


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("MAX_SESION", "MAX_SESSIONS"),
        ("GEMINI_KEY", "GEMINI_API_KEY"),
        ("AUTH_JWK_URL", "AUTH_JWKS_URL"),
        ("admin_token", "ADMIN_TOKEN"),
    ],
)
def test_a_name_that_is_much_like_one_of_ours_is_a_near_miss(name: str, meant: str) -> None:
    assert near_misses({name: "x"}) == {name: meant}


@pytest.mark.parametrize(
    "name",
    [
        *(
            "PATH",
            "HOSTNAME",
            "PORTS",
            "KUBERNETES_SERVICE_PORT",
            "REDIS_PORT",
            "NIX_SSL_CERT_FILE",
        ),
        *("SSL_CERT_DIR", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "GOOGLE_APPLICATION_CREDENTIALS"),
        *(variable.name for variable in variables().values()),
    ],
)
def test_other_programs_names_and_our_own_are_no_near_misses(name: str) -> None:
    assert near_misses({name: "x"}) == {}


def test_a_near_miss_that_is_empty_is_not_set() -> None:
    assert near_misses({"MAX_SESION": " "}) == {}
