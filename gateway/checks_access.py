"""Looks, for `gateway check`, at names and doors: who may speak, whose tokens, which port."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.access.setting_values import is_loopback
from gateway.checks import Finding
from gateway.near_misses import near_misses
from gateway.server import CannotListen, listen
from gateway.settings import Settings


def unread_names(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield the variables that nobody reads, and that are much like one that is read."""
    for name, meant in near_misses(environment).items():
        yield Finding("warn", f"{name} is set, and no variable of this service: is {meant} meant?")


def reservations(settings: Settings, *, dev: bool) -> Iterator[Finding]:
    """Yield what is allowed, and not what most operators mean.

    Args:
        settings: what was chosen.
        dev: it is for somebody who works on it, as with `gateway serve --dev`.
    """
    if settings.admin_token is None and settings.admin_role is None and not dev:
        yield Finding("warn", "ADMIN_TOKEN is not set, so that admins are answered 403")
    if not settings.asks and (settings.trusted_proxies or not is_loopback(settings.host)):
        yield Finding(
            "warn",
            f"ALLOW_ANONYMOUS is true: anybody who reaches HOST {settings.host} may speak, at your "
            "expense; set AUTH_JWT_SECRET or AUTH_JWKS_URL if that is not wanted",
        )


async def checked_keys(settings: Settings) -> Finding | None:
    """Fetch the keys that phones' tokens are signed with; `None` where there are none to fetch."""
    if settings.jwks_url is None:
        return None
    # cryptography is megabytes, for those who have an issuer.
    from gateway.access.fetching import fetcher  # noqa: PLC0415
    from gateway.access.key_set import FetchFailed, keys_in  # noqa: PLC0415 - as above

    try:
        fetched = await fetcher(settings.jwks_url, settings.certificate)()
        keys = keys_in(fetched.body)
    except FetchFailed as exc:
        why = f"{exc}: {exc.__cause__}" if isinstance(exc.__cause__, OSError) else str(exc)
        return Finding(
            "FAILED",
            "AUTH_JWKS_URL: set it to the issuer's keys, and see that they can be reached from "
            f"here, or no phone is let in ({why})",
        )
    number = "1 key" if len(keys) == 1 else f"{len(keys)} keys"
    return Finding("ok", f"AUTH_JWKS_URL has {number} that tokens may be signed with")


def checked_port(settings: Settings) -> Finding:
    """Take HOST and PORT for a moment, as the service would."""
    try:
        with listen(settings.host, settings.port) as listener:
            host, port = listener.getsockname()[:2]
    except CannotListen as exc:
        return Finding("FAILED", f"{exc} (or --skip port, if it is this service that runs there)")
    return Finding("ok", f"free: {host}, {port if settings.port else 'any port'}")
