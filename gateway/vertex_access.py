"""Vertex AI's way in without a key: application default credentials, looked for before they serve.

google-genai would look for them when the first session opens a link, and then for every session.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import google.auth
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, TimeoutError, TransportError  # noqa: A004 - theirs

from actors.ports import LinkClosed
from gateway.gemini_link import NO_CLOSE_FRAME
from gateway.settings import WrongSettings
from schemas.messages import ClosedBy

_SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
_UNAUTHENTICATED: Final = 401
_LONGEST: Final = 200
"""Characters of Google's explanation that are passed on."""


@dataclass(frozen=True, slots=True)
class VertexAccess:
    """Whose calls they are, and who pays."""

    credentials: Credentials
    project: str


def find_access(project: str | None) -> VertexAccess:
    """Return the environment's credentials; their own project if `project` is `None`.

    Blocks: it reads files, and off Google's machines asks for some seconds whether it is on one.

    Raises:
        WrongSettings: there are none, or neither they nor the settings name a project.
    """
    try:
        credentials, own_project = google.auth.default(scopes=[_SCOPE])
    except (GoogleAuthError, ValueError) as exc:
        raise WrongSettings(
            f"GOOGLE_GENAI_USE_VERTEXAI is on, but no credentials are usable ({one_line(exc)}): "
            "run `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS "
            "to the path of a key file"
        ) from exc
    chosen = project or own_project
    if chosen is None:
        raise WrongSettings(
            "GOOGLE_CLOUD_PROJECT is not set, and the application default credentials name no "
            "project: set it to the project that Vertex AI is used in"
        )
    return VertexAccess(credentials, chosen)


def link_without_token(exc: GoogleAuthError) -> LinkClosed:
    """Translate google-auth's exception: either Google refuses, or it could not be asked.

    A metadata server that does not answer is a `RefreshError` that does not call itself
    retryable; what it was raised from tells.
    """
    unasked = exc.retryable or any(
        isinstance(each, TransportError | TimeoutError) for each in (exc, exc.__cause__)
    )
    code = NO_CLOSE_FRAME if unasked else _UNAUTHENTICATED
    closed_by: ClosedBy = "nobody" if unasked else "peer"
    return LinkClosed(code, type(exc).__name__, closed_by=closed_by)


def one_line(exc: BaseException) -> str:
    """Return what the exception says, short and without line breaks."""
    return " ".join(str(exc).split())[:_LONGEST]
