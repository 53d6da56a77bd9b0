"""Gets an issuer's keys over HTTP: no redirects, so much and no more, in time."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import certifi

from gateway.access.key_set import Fetch, Fetched, FetchFailed, max_age_of
from gateway.version import NAME, VERSION

TIMEOUT_S: Final = 4.0
"""For each step; the whole takes no longer than `LIMIT_S`."""
LIMIT_S: Final = 5.0
_LARGEST: Final = 1 << 18


def fetcher(url: str, ca_file: Path | None) -> Fetch:
    """Return what gets the keys at `url`; TLS is checked against certifi's and `ca_file`'s."""
    context = None
    if url.startswith("https:"):
        context = ssl.create_default_context(cafile=certifi.where())
        if ca_file is not None:
            context.load_verify_locations(ca_file)

    async def fetch() -> Fetched:
        try:
            async with asyncio.timeout(LIMIT_S):
                return await asyncio.to_thread(_get, url, context)
        except TimeoutError as exc:
            raise FetchFailed(f"no answer within {LIMIT_S:g} s") from exc
        except (OSError, http.client.HTTPException) as exc:
            raise FetchFailed(type(exc).__name__) from exc

    return fetch


def _get(url: str, context: ssl.SSLContext | None) -> Fetched:
    parts = urlsplit(url)
    connection = (
        http.client.HTTPConnection(parts.netloc, timeout=TIMEOUT_S)
        if context is None
        else http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT_S, context=context)
    )
    try:
        target = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
        headers = {"accept": "application/json", "user-agent": f"{NAME}/{VERSION}"}
        connection.request("GET", target, headers=headers)
        answer = connection.getresponse()
        if answer.status != HTTPStatus.OK:
            raise FetchFailed(f"HTTP {answer.status}")
        body = answer.read(_LARGEST + 1)
        if len(body) > _LARGEST:
            raise FetchFailed(f"the answer has more than {_LARGEST} bytes")
        return Fetched(body, max_age_of(answer.headers.get("cache-control", "")))
    finally:
        connection.close()
