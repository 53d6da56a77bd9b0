"""Access as the operator has set it up, put together from the settings."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from starlette.types import Scope

from actors.ports import Fact, Observer
from gateway import refusals
from gateway.access.addresses import ClientAddresses
from gateway.access.admins import Admins
from gateway.access.attempts import Attempts
from gateway.access.door import Door, GuardedDoor, OpenDoor
from gateway.access.doorstep import Doorstep
from gateway.access.identity import TokenCheck
from gateway.access.setting_values import is_loopback
from gateway.access.tickets import Tickets, TicketShelf, TicketsHere
from gateway.refusals import Lines
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.cluster.shared import SharedRedis


Keep: TypeAlias = Callable[[], Coroutine[None, None, None]]


async def _keep_nothing() -> None:
    """Return: nothing grows old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may do what.

    Attributes:
        door: lets phones in.
        doorstep: looks at what comes before that.
        admins: are told from others.
        tickets: are given for tokens; good for nothing while nobody is asked.
        addresses: finds out where clients are.
        observer: is told who was refused what.
        attempts: says how often may be asked for what only admins may.
        lines: says of whom it is told.
        keep: keeps what it works with up to date, until cancelled.
    """

    door: Door
    doorstep: Doorstep
    admins: Admins
    tickets: Tickets
    addresses: ClientAddresses
    observer: Observer
    attempts: Attempts = field(default_factory=Attempts)
    lines: Lines = field(default_factory=Lines)
    keep: Keep = _keep_nothing

    def refused(self, scope: Scope, *, cause: str, status: int) -> dict[str, Fact] | None:
        """Count that somebody is sent away; return what the log is to say of it, `None`: nothing.

        `untold` is of how many with the same cause it has said nothing before.
        """
        refusals.count(cause)
        untold = self.lines.due(cause)
        if untold is None:
            return None
        facts: dict[str, Fact] = {
            "status": int(status),
            "cause": cause,
            "address": self.addresses.of(scope),
        }
        return {**facts, "untold": untold} if untold else facts


def open_access(settings: Settings, observer: Observer, redis: SharedRedis | None) -> Access:
    """Put it together; nothing runs, and no key is fetched yet."""
    tokens, keep = _tokens(settings, observer)
    tickets = Tickets(_shelf(redis), ttl_s=settings.ticket_ttl_s)
    return Access(
        door=OpenDoor() if tokens is None else GuardedDoor(tokens, tickets),
        doorstep=_doorstep(settings),
        admins=Admins(settings.admin_token, role=settings.admin_role, tokens=tokens),
        tickets=tickets,
        addresses=ClientAddresses(settings.trusted_proxies or ()),
        observer=observer,
        attempts=Attempts(
            calls=settings.calls_per_admin, failures=settings.admin_failures_per_address
        ),
        keep=keep,
    )


def _tokens(settings: Settings, observer: Observer) -> tuple[TokenCheck | None, Keep]:
    if not settings.asks:
        return None, _keep_nothing
    from gateway.access.tokens import (  # noqa: PLC0415 - cryptography is megabytes
        Claims,
        SharedSecret,
        Tokens,
    )

    claims = Claims(
        issuer=settings.issuer,
        audience=settings.audience,
        user=settings.user_claim,
        roles=settings.roles_claim,
        skew_s=settings.clock_skew_s,
    )
    if settings.jwt_secret is not None:
        return Tokens(SharedSecret(settings.jwt_secret.text), claims), _keep_nothing
    from gateway.access.fetching import fetcher  # noqa: PLC0415 - for its users only
    from gateway.access.key_set import KeySet  # noqa: PLC0415 - as above

    url = settings.jwks_url or ""
    keys = KeySet(fetcher(url, settings.certificate), observer)
    return Tokens(keys, claims), keys.keep


def _shelf(redis: SharedRedis | None) -> TicketShelf:
    if redis is None:
        return TicketsHere()
    from gateway.access.shared_tickets import SharedTickets  # noqa: PLC0415 - as above

    return SharedTickets(redis)


def _doorstep(settings: Settings) -> Doorstep:
    """Return the rules. While nobody is asked on loopback, a page from afar gets no further.

    An address is no page's: the emulator of Android, for one, calls this machine 10.0.2.2.
    """
    origins = settings.allowed_origins or ()
    unasked = not settings.asks and settings.allow_anonymous is None
    if settings.allowed_hosts is None and unasked and is_loopback(settings.host):
        return Doorstep(hosts=("localhost",), origins=origins, by_address=True)
    return Doorstep(hosts=settings.allowed_hosts, origins=origins)
