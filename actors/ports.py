"""What actors need from the outside world. Adapters live in `gateway`.

The errors that cross these ports:

Exception
├── ClientGone    the phone left: a session's normal end
├── LinkClosed    the Gemini link is lost, or was not granted; `actors.endings` says what follows
├── StoreUnavailable    the store did not do what it was asked to, or not in time
├── Forgotten     the store lacks what it was given of a session, and wants it whole
├── Fenced        the session is another instance's by now
├── NotAdmitted   what a phone shows does not let it in
└── CannotCheck   whether it does cannot be found out just now
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import msgspec

from schemas.bill import Bill
from schemas.gemini import ControlMessage, GeminiMessage
from schemas.messages import ClosedBy, SpendingTold
from schemas.shopping_list import Item


class ClientGone(Exception):
    """The phone's socket is closed, by whomever.

    Attributes:
        code: the WebSocket close code, 1006 when there was no close frame.
    """

    def __init__(self, code: int) -> None:
        super().__init__(f"client gone ({code})")
        self.code = code


class LinkClosed(Exception):
    """The Gemini link is gone, or could not be opened.

    Attributes:
        code: the WebSocket close code, 1006 when there was no close frame, or the HTTP status of
            an upgrade that was refused.
        reason: Google's text; safe to log, never shown to a shopper.
        closed_by: Gemini, we, or nobody: the network.
    """

    def __init__(self, code: int, reason: str, *, closed_by: ClosedBy) -> None:
        super().__init__(f"link closed ({code}): {reason}")
        self.code = code
        self.reason = reason
        self.closed_by = closed_by


class StoreUnavailable(Exception):
    """The store cannot be reached, or was too slow; what it was asked to do may have been done."""


class Forgotten(Exception):
    """The store has lost a session, or steps of it: nothing was done, it is to be saved whole."""


class Fenced(Exception):
    """The session has another owner by now: nothing was done, and nothing is to be done.

    A product that could not be stored for this reason is told to nobody: whoever owns the session
    is called for it anew.
    """


class NotAdmitted(Exception):
    """What a phone shows does not let it in.

    Attributes:
        reason: one word for logs and counters; never a part of what it showed.
        problem: what is wrong and what to do, for people.
        forbidden: who it is is known, and this is not theirs.
    """

    def __init__(self, reason: str, problem: str, *, forbidden: bool = False) -> None:
        super().__init__(f"{reason}: {problem}")
        self.reason = reason
        self.problem = problem
        self.forbidden = forbidden


class CannotCheck(Exception):
    """What a phone shows cannot be checked just now; the text says why, without showing it."""


class Taker(Protocol):
    """Takes messages the moment they arrive, if it can."""

    def __call__(self, frames: list[bytes], /, *, text: bool) -> int:
        """Return how many of `frames` are taken; those behind them are received as usual.

        Args:
            frames: payloads that arrived together, in their order; at least one.
            text: they are text frames, which nobody has looked at: they may be no UTF-8.
        """


class ClientSocket(Protocol):
    """The phone's WebSocket, already accepted."""

    def offer_to(self, taker: Taker | None) -> None:
        """Offer frames to `taker`, `None` for nobody, when they arrive.

        What it takes is not received as well. Frames are offered only while no earlier one waits
        to be received, so that their order stays. A socket that cannot do that offers none.
        """

    async def receive(self) -> str | bytes:
        """Return the next text or binary frame, or raise `ClientGone`."""

    async def send(self, frame: str | bytes) -> None:
        """Send a text or binary frame, waiting while the phone takes nothing.

        Raises:
            ClientGone: the phone's socket is closed.
        """

    def send_now(self, frames: Sequence[str | bytes]) -> bool:
        """Send frames, or return that nothing was sent: that would take waiting, or fail."""

    async def close(self, code: int, reason: str) -> None:
        """Close with `code`; does nothing when the socket is closed already."""

    async def hang_up(self, code: int, reason: str) -> None:
        """Close with `code`, and go on receiving what the phone sends before it sees that.

        Nothing can be sent any more. Where a server cannot do that, the phone is gone at once.
        """


class LinkRequest(msgspec.Struct, frozen=True):
    """What a Gemini link is opened for.

    Attributes:
        language: BCP 47 tag of what the shopper speaks.
        handle: resumption handle of the session to go on with, if there is one.
        shopping_list: what a fresh session is told that the list holds already; a resumed one
            knows.
        aloud: the phone plays what the model says.
    """

    language: str
    handle: str | None = None
    shopping_list: tuple[Item, ...] = ()
    aloud: bool = False


class GeminiLink(Protocol):
    """One open Gemini Live connection whose setup was accepted."""

    async def send_audio(self, pcm: bytes) -> None:
        """Send PCM16 mono 16 kHz, waiting under backpressure, or raise `LinkClosed`."""

    def send_audio_now(self, pcm: bytes) -> bool:
        """Send PCM16 mono 16 kHz; `False`: nothing was sent, it would take waiting, or fail."""

    async def send_control(self, message: ControlMessage) -> None:
        """Send one control message, or raise `LinkClosed`."""

    async def receive(self) -> GeminiMessage:
        """Return the next message, or raise `LinkClosed`. One caller at a time."""

    def receive_now(self) -> GeminiMessage | None:
        """Return the next message if one has come already."""


class GeminiConnector(Protocol):
    """Opens Gemini links."""

    @property
    def openable(self) -> bool:
        """Whether, as far as is known, a link would be granted now."""

    def connect(self, request: LinkRequest) -> AbstractAsyncContextManager[GeminiLink]:
        """Open a link on entry, close it on exit.

        Entering raises `LinkClosed`. It may wait for its turn as long as it takes, and whoever
        has waited enough cancels it; from then on it takes no longer than the adapter's connect
        timeout. Leaving takes a second at most.
        """


Fact: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Kept:
    """A session as the store gives it out.

    Attributes:
        session_id: what it is called.
        session: as `schemas.stored.pack` wrote it.
        steps: as `schemas.stored.pack_step` wrote them, in order, since then.
    """

    session_id: str
    session: bytes
    steps: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """What a session has come to in all, for the counters of its user's day.

    Attributes:
        products: events told.
        audio_ms: milliseconds of speech.
    """

    products: int = 0
    audio_ms: int = 0


class SessionStore(Protocol):
    """Where sessions are kept for their next connection; every call takes a bounded time.

    A session has an owner from `create` or `resume` until `park`: the connection that serves it.
    Tokens come as digests only. Each may fail with `StoreUnavailable`, and each but `create` and
    `resume` with `Fenced`.
    """

    async def create(self, session_id: str, user_id: str, token: str, session: bytes) -> None:
        """Keep a new session, which `token` will resume; its owner is the caller."""

    async def append(self, session_id: str, step: bytes) -> None:
        """Add a step to what is kept, or raise `Forgotten`."""

    def append_now(self, session_id: str, step: bytes) -> bool:
        """Add a step, or return that nothing was done: that would take waiting, or fail."""

    async def save(self, session_id: str, session: bytes, totals: Totals | None = None, /) -> None:
        """Keep `session` in the place of what was kept, steps included."""

    async def park(
        self, session_id: str, session: bytes | None, totals: Totals | None = None, /
    ) -> None:
        """Keep it without an owner, for the resume window; ``None`` for as it was kept last."""

    async def resume(self, user_id: str, token: str, new_token: str) -> Kept | None:
        """Make the caller the owner of the user's parked session that `token` resumes.

        Both tokens resume it from then on, until `settle`. ``None`` if there is no such session,
        it is another user's, or it has an owner: which of these is not told.
        """

    async def settle(self, session_id: str) -> None:
        """Let only the newest token resume it."""

    async def drop(self, session_id: str) -> None:
        """Keep it no more."""

    def disown(self, session_id: str) -> None:
        """Write nothing of it any more: this process has lost it, and another may have it."""


class Spending(Protocol):
    """Counts what is spent, on all instances, by user and day."""

    def spend(
        self, user_id: str, bill: Bill, audio_ms: int, tell: Callable[[SpendingTold], None], /
    ) -> None:
        """Count it, and `tell` later what was spent today; never waits, never raises."""


class SpendingNowhere:
    """Counts nothing: a process without it has no caps but those of a session."""

    def spend(
        self, user_id: str, bill: Bill, audio_ms: int, tell: Callable[[SpendingTold], None], /
    ) -> None:
        """Do nothing."""


class Tenure(Protocol):
    """How long this process may serve the sessions that it has now.

    A process that was stopped for so long that others may have taken its sessions has lost it, for
    good: those sessions end, and neither write nor say anything any more.
    """

    @property
    def held(self) -> bool:
        """Whether it has it still; takes next to no time."""


class Permit(Protocol):
    """What lets a phone in, until it expires."""

    async def renew(self, token: str) -> None:
        """Go on with another token, in a bounded time.

        Raises:
            NotAdmitted: it lets nobody in, or is another user's; the one before stays good.
            CannotCheck: there is no telling.
        """


class ForAnybody:
    """The permit of phones that are not asked who they are."""

    async def renew(self, token: str) -> None:
        """Take any token."""


FOR_ANYBODY: Final = ForAnybody()


class ForGood:
    """The tenure of a process whose sessions nobody else can take.

    Attributes:
        held: always.
    """

    held: Final = True


FOR_GOOD: Final = ForGood()


class Observer(Protocol):
    """Where a session says what happened; never audio, transcript text or keys."""

    def rename(self, session_id: str) -> None:
        """From now on it is about this session, which this connection goes on with."""

    def debug(self, event: str, /, **facts: Fact) -> None:
        """Something that somebody has asked to see."""

    def note(self, event: str, /, **facts: Fact) -> None:
        """Something an operator may want to see."""

    def warn(self, event: str, /, **facts: Fact) -> None:
        """Something went wrong that the session survives."""

    def count(self, event: str, trouble: bool, /, **facts: Fact) -> None:  # noqa: FBT001 - by position, as `event`
        """One of the two, by `trouble`, of which nobody is to read: too much was written lately."""

    def fail(self, event: str, error: BaseException, /, **facts: Fact) -> None:
        """A bug of ours; `error` is logged with its traceback."""
