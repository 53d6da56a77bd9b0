"""Says in the log, at every start, who may speak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.settings import Settings

if TYPE_CHECKING:
    from actors.ports import Observer  # the port answers before this is loaded

_REMEDY: Final = "set AUTH_JWT_SECRET or AUTH_JWKS_URL to ask for tokens"


def tell_who_may_speak(settings: Settings, observer: Observer) -> None:
    """Note who checks tokens; warn where nobody does."""
    if settings.asks:
        source = "AUTH_JWKS_URL" if settings.jwks_url is not None else "AUTH_JWT_SECRET"
        observer.note("phones_are_asked", by=source, issuer=settings.issuer)
    else:
        observer.warn("anybody_may_speak", host=settings.host, remedy=_REMEDY)
