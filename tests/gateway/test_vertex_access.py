from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.auth import exceptions
from google.auth.exceptions import GoogleAuthError

from gateway.settings import WrongSettings
from gateway.vertex_access import find_access, link_without_token


@pytest.fixture
def credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that the environment names, with a user's credentials and no project."""
    path = tmp_path / "credentials.json"
    fields = ("client_id", "client_secret", "refresh_token")
    path.write_text(json.dumps({"type": "authorized_user", **dict.fromkeys(fields, "made-up")}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(path))
    for name in ("GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    return path


@pytest.mark.usefixtures("credentials")
def test_credentials_without_a_project_serve_in_the_one_that_is_set() -> None:
    assert find_access("shop").project == "shop"


@pytest.mark.usefixtures("credentials")
def test_without_any_project_the_variable_is_named() -> None:
    with pytest.raises(WrongSettings, match="GOOGLE_CLOUD_PROJECT is not set"):
        find_access(None)


def test_credentials_that_cannot_be_read_are_the_operators_doing(credentials: Path) -> None:
    credentials.write_text('{"type":\n"a surprise"}')
    with pytest.raises(WrongSettings, match="GOOGLE_GENAI_USE_VERTEXAI is on") as caught:
        find_access("shop")
    assert "does not have a valid type" in str(caught.value)
    assert "\n" not in str(caught.value)


def link_end(
    kind: type[GoogleAuthError], *, retryable: bool = False, cause: Exception | None = None
) -> tuple[int, str]:
    """Return the code, and who closed, after an error of that kind."""
    error = kind("why", retryable=retryable)
    error.__cause__ = cause
    closed = link_without_token(error)
    assert closed.reason == kind.__name__
    return closed.code, closed.closed_by


def test_a_token_that_could_not_be_asked_for_is_a_link_that_was_lost() -> None:
    unreachable = exceptions.TransportError("no route")  # type: ignore[no-untyped-call]  # theirs has none
    assert link_end(exceptions.TransportError) == (1006, "nobody")
    assert link_end(exceptions.TimeoutError) == (1006, "nobody")
    assert link_end(exceptions.RefreshError, retryable=True) == (1006, "nobody")
    assert link_end(exceptions.RefreshError, cause=unreachable) == (1006, "nobody")


def test_a_token_that_google_refuses_is_a_link_that_is_refused() -> None:
    assert link_end(exceptions.RefreshError) == (401, "peer")
    assert link_end(exceptions.RefreshError, cause=ValueError("nonsense")) == (401, "peer")
    assert link_end(exceptions.DefaultCredentialsError) == (401, "peer")
