"""One session as it is shown: to admins, as gauges, and in the one line of its end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from actors.audio_pump import AudioPump
from actors.caps import NANOS
from actors.farewell import Farewell
from actors.keeper import Keeper
from actors.mailbox import Mailbox
from actors.meter import Meter
from actors.outbox import Outbox
from actors.ports import Fact
from actors.presence import Presence
from actors.session import Session
from actors.tally import Gauges
from actors.uplink import UplinkMailbox
from schemas.admin import SessionDetail, SessionSummary
from schemas.messages import Event


class SessionView:
    """Shows one session; changes nothing."""

    __slots__ = (
        "_began_at",
        "_clock",
        "_farewell",
        "_inbox",
        "_keeper",
        "_meter",
        "_outbox",
        "_presence",
        "_priced",
        "_pump",
        "_session",
        "_uplink",
        "_wall_clock",
    )

    def __init__(  # noqa: PLR0913 - what it shows, all by keyword
        self,
        *,
        session: Session,
        keeper: Keeper,
        presence: Presence,
        farewell: Farewell,
        uplink: UplinkMailbox,
        inbox: Mailbox[Event],
        outbox: Outbox,
        pump: AudioPump,
        meter: Meter,
        priced: bool,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
    ) -> None:
        """Look at one that begins now; it is `priced` if it is known what the model costs."""
        self._session = session
        self._keeper = keeper
        self._presence = presence
        self._farewell = farewell
        self._uplink = uplink
        self._inbox = inbox
        self._outbox = outbox
        self._pump = pump
        self._meter = meter
        self._priced = priced
        self._clock = clock
        self._wall_clock = wall_clock
        self._began_at = self._clock()

    def gauges(self) -> Gauges:
        """Return how it is."""
        return Gauges(
            state=self._session.state_name,
            uplink=self._uplink.view(),
            inbox=self._inbox.view(),
            outbox=self._outbox.view(),
        )

    def outcome(self) -> dict[str, Fact]:
        """Return how it ended and what it has come to, for one line in the log."""
        order = self._farewell.order
        code = self._presence.left_with if order is None else int(order.code)
        duration_s = round(self._clock() - self._began_at, 3)
        ended: dict[str, Fact] = {
            "code": code,
            "reason": self._farewell.reason,
            "duration_s": duration_s,
        }
        return ended | self._meter.outcome(self._pump) | {"cost": self._cost}

    @property
    def _cost(self) -> float | None:
        """Dollars, `None` if it is not known what the model costs."""
        return self._session.bill.nanos / NANOS if self._priced else None

    def _last_activity(self) -> float:
        """Return Unix seconds of the last event, or of the last speech sent if that is later."""
        sent_at, active_at = self._uplink.sent.last_sent_at, self._presence.active_at
        if sent_at is None:
            return active_at
        return max(active_at, self._wall_clock() - (self._clock() - sent_at))

    def summary(self) -> SessionSummary:
        """Return the session in one row."""
        owner = self._keeper.owner
        return SessionSummary(
            user_id=owner.user_id,
            session_id=self._session.session_id,
            state=self._session.state_name,
            created_at=_iso(owner.created_at),
            last_activity=_iso(self._last_activity()),
        )

    def detail(self) -> SessionDetail:
        """Return the session in depth."""
        session, row = self._session, self.summary()
        opened_at = session.opened_at
        now = self._clock()
        return SessionDetail(
            user_id=row.user_id,
            session_id=row.session_id,
            state=row.state,
            created_at=row.created_at,
            last_activity=row.last_activity,
            language=session.language,
            link_age_s=None if opened_at is None else round(now - opened_at, 3),
            links_opened=session.links_opened,
            restarts=session.restarts,
            last_error=session.last_error,
            audio_s=self._uplink.audio_ms / 1000,
            products=session.conversation.ledger.products,
            prompt_tokens=session.conversation.usage.prompt_tokens,
            response_tokens=session.conversation.usage.response_tokens,
            usage=session.conversation.usage.view(),
            cost=self._cost,
            uplink=self._uplink.view(),
            inbox=self._inbox.view(),
            outbox=self._outbox.view(),
        )


def _iso(unix: float) -> str:
    return datetime.fromtimestamp(unix, UTC).isoformat(timespec="milliseconds")
