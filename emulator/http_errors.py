"""The HTTP errors of Google's front end: JSON with a code, its name and a sentence."""

from __future__ import annotations

import msgspec
from aiohttp import web

from emulator.faults import Refusal

_KNOWN = {
    401: ("UNAUTHENTICATED", "Request had invalid authentication credentials."),
    403: ("PERMISSION_DENIED", "The caller does not have permission."),
    404: ("NOT_FOUND", "Requested entity was not found."),
    429: ("RESOURCE_EXHAUSTED", "Resource has been exhausted (e.g. check quota)."),
    500: ("INTERNAL", "Internal error encountered."),
    503: ("UNAVAILABLE", "The service is currently unavailable."),
    504: ("DEADLINE_EXCEEDED", "Deadline expired before operation could complete."),
}
"""Names and sentences of google/rpc/code.proto, as its HTTP mapping pairs them."""


def google_error(status: int, message: str | None = None) -> web.Response:
    """Return the answer of this status; `message` replaces the usual sentence."""
    name, usual = _KNOWN.get(status) or (
        ("FAILED_PRECONDITION", "Precondition check failed.")
        if status < 500  # noqa: PLR2004  # the client's fault, or the server's
        else ("UNKNOWN", "Unknown Error.")
    )
    error = {"code": status, "message": usual if message is None else message, "status": name}
    return web.Response(
        status=status,
        text=msgspec.json.encode({"error": error}).decode(),
        content_type="application/json",
    )


def refusal(wanted: Refusal) -> web.Response:
    """Return the answer to an upgrade that a rule refuses."""
    if wanted.body is None:
        return google_error(wanted.status)
    return web.Response(status=wanted.status, text=wanted.body)
