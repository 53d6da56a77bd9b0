"""Which session a phone has: a new one, or the one that it comes back to."""

from __future__ import annotations

from collections.abc import Callable

from actors.commands import Command
from actors.keeper import Found, Keeper
from actors.lifetime import Lifetime
from actors.meter import Meter
from actors.ports import Observer, StoreUnavailable
from actors.session import Session
from actors.signal import Signal
from actors.spender import Spender
from actors.uplink import UplinkMailbox
from schemas.messages import SpeechArrived, StartRequested, StoreFailed, TextTyped


class Identity:
    """Gives one session its name, its token and what it goes on with."""

    __slots__ = (
        "_clock",
        "_keeper",
        "_lifetime",
        "_meter",
        "_new_token",
        "_observer",
        "_session",
        "_spender",
        "_uplink",
        "_wall_clock",
    )

    def __init__(  # noqa: PLR0913 - whoever goes on from what is found, all by keyword
        self,
        *,
        session: Session,
        keeper: Keeper,
        uplink: UplinkMailbox,
        meter: Meter,
        spender: Spender,
        lifetime: Lifetime,
        observer: Observer,
        new_token: Callable[[], str],
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        self._session = session
        self._keeper = keeper
        self._uplink = uplink
        self._meter = meter
        self._spender = spender
        self._lifetime = lifetime
        self._observer = observer
        self._new_token = new_token
        self._clock = clock
        self._wall_clock = wall_clock

    async def give(
        self, event: StartRequested | SpeechArrived | TextTyped, older: tuple[Signal, ...]
    ) -> list[Command]:
        """Return what it leads to that a phone which has no session yet wants one.

        Args:
            event: how it says so.
            older: set when the user's older connections have let their sessions go.

        Raises:
            Fenced: it was this connection's for a moment only.
        """
        request = event if isinstance(event, StartRequested) else StartRequested(None)
        token = self._new_token()
        try:
            found = await self._keeper.find(request.resume, token, older)
        except StoreUnavailable as exc:
            self._observer.warn("store_unavailable", problem=str(exc))
            unix = self._wall_clock()
            return self._session.handle(StoreFailed(), now=self._clock(), unix=unix)
        if found is None:
            return self._session.begin(request, token=token)
        return self._go_on_with(found, request, token)

    def _go_on_with(self, found: Found, request: StartRequested, token: str) -> list[Command]:
        stored = found.session
        commands = self._session.begin(request, token=token, stored=stored, steps=found.steps)
        self._uplink.go_on(stored.uplink, audio_ms=stored.audio_ms, resuming=bool(stored.handles))
        self._meter.go_on_from_here()
        self._spender.go_on_from_here()
        self._lifetime.began(max(0.0, self._wall_clock() - stored.created_at), self._clock())
        self._observer.rename(self._session.session_id)
        return commands
