"""Asks the servers that are measured for what they have to say over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

ADMIN_TOKEN: Final = "a-token-for-measurements"  # noqa: S105 - opens nothing but a gateway of ours
_ANSWER_S: Final = 10.0


def ask(
    url: str,
    body: Mapping[str, object] | None = None,
    *,
    token: str = "",
    method: str | None = None,
) -> dict[str, Any]:
    """Return a server's JSON answer; with a `token`, as its bearer.

    Raises:
        urllib.error.HTTPError: it refused.
    """
    request = urllib.request.Request(  # noqa: S310 - ours
        url,
        None if body is None else json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}"} if token else {},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=_ANSWER_S) as answer:  # noqa: S310 - ours
            parsed: dict[str, Any] = json.load(answer)
            return parsed
    except urllib.error.HTTPError as refusal:
        refusal.close()
        raise
