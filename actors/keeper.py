"""The supervisor's side towards the store: one session's identity, steps and parking."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

from actors.commands import Drop, Keep, Park, Save, SettleToken
from actors.lasting import Owner
from actors.ports import (
    FOR_GOOD,
    Fenced,
    Forgotten,
    Kept,
    Observer,
    SessionStore,
    StoreUnavailable,
    Tenure,
    Totals,
)
from actors.session import Session
from actors.signal import Signal
from actors.unheard import NOTHING_UNHEARD, Unheard
from actors.uplink import UplinkMailbox
from schemas.client import Resume
from schemas.shopping_list import Step
from schemas.stored import (
    StoredInvalid,
    StoredSession,
    pack,
    pack_step,
    unpack,
    unpack_step,
)

StoreCommand: TypeAlias = Keep | Save | SettleToken | Park | Drop
_HAND_OVER_S: Final = 3.0
"""How long the user's older connection may take to park its session."""
_STEPS_KEPT: Final = 50
"""Steps after which the session is stored anew as a whole."""


@dataclass(frozen=True, slots=True)
class Found:
    """A session that a phone has come back to."""

    session: StoredSession
    steps: tuple[Step, ...]


class Keeper:
    """Keeps one session in the store.

    Attributes:
        parked: set when the session is no longer this connection's: parked, dropped, ended, or
            another instance's.
        owner: whose session it is.
    """

    def __init__(  # noqa: PLR0913 - its collaborators, all but the first three by keyword
        self,
        store: SessionStore,
        observer: Observer,
        owner: Owner,
        *,
        session: Session,
        uplink: UplinkMailbox,
        tenure: Tenure = FOR_GOOD,
    ) -> None:
        self.parked = Signal()
        self._tenure = tenure
        self.owner = owner
        self._store = store
        self._observer = observer
        self._session = session
        self._uplink = uplink
        self._digest = ""
        self._steps = 0
        self._kept = False
        self._behind = False
        """A call has failed: what is stored lacks something, and steps have nothing to add to."""
        self._failing = False
        """The last call has failed, and that was reported."""

    async def find(
        self, resume: Resume | None, new_token: str, older: tuple[Signal, ...]
    ) -> Found | None:
        """Return the session that a phone asks for, this connection's from now on.

        Args:
            resume: what the phone has of it, if it asks for one.
            new_token: what resumes it from now on, or the session that begins instead.
            older: set when the user's older connections have let their sessions go.

        Raises:
            StoreUnavailable: there is no telling whether there is such a session.
            Fenced: it was this connection's for a moment only.
        """
        self._digest = _digest(new_token)
        if resume is None:
            return None
        await self._wait_for(older)
        user_id, token = self.owner.user_id, _digest(resume.token)
        kept = await self._store.resume(user_id, token, self._digest)
        return None if kept is None else await self._unpacked(kept)

    async def _unpacked(self, kept: Kept) -> Found | None:
        try:
            found = Found(unpack(kept.session), tuple(map(unpack_step, kept.steps)))
        except StoredInvalid as exc:
            self._observer.warn("stored_session_invalid", problem=str(exc))
            await self._ask(lambda: self._store.drop(kept.session_id))
            return None
        self._kept, self._steps = True, len(found.steps)
        self.owner = Owner(user_id=self.owner.user_id, created_at=found.session.created_at)
        return found

    async def _wait_for(self, older: tuple[Signal, ...]) -> None:
        try:
            async with asyncio.timeout(_HAND_OVER_S):
                for event in older:
                    await event.wait()
        except TimeoutError:
            self._observer.warn("older_connection_not_parked")

    def obey_now(self, command: StoreCommand) -> bool:
        """Do what the session commands if it takes no waiting; return whether it is done."""
        if self._behind or not isinstance(command, Keep) or not self._tenure.held:
            return False
        if self._kept:
            packed = pack_step(command.step)
            if not self._store.append_now(self._session.session_id, packed):
                return False
            self._steps += 1
        return True

    @property
    def untidy(self) -> bool:
        """Whether so many steps have come together that `tidy` has something to do."""
        return self._kept and self._steps >= _STEPS_KEPT

    async def tidy(self) -> None:
        """Store the session anew as a whole once many steps have come together.

        That is done between events, not while a product is on its way.

        Raises:
            Fenced: the session is another instance's.
        """
        if self.untidy:
            await self._save()

    async def obey(self, command: StoreCommand) -> None:
        """Do what `obey_now` has not done; a failure is reported, and the session goes on.

        Raises:
            Fenced: the session is another instance's, and nothing more is to be done about it.
        """
        match command:
            case Save():
                await self._save()
            case Keep(step):
                await self._keep(step)
            case SettleToken():
                await self._ask(lambda: self._store.settle(self._session.session_id))
            case Park():
                await self._park()
            case Drop():
                await self._ask(lambda: self._store.drop(self._session.session_id))
                self._kept = False
                self.parked.set()
            case other:
                assert_never(other)

    async def let_go(self) -> None:
        """The connection ends: if it has not parked its session, leave what was kept of it.

        What the store lacks because it was away goes with it. Nothing is left of a session that is
        no longer this process's.
        """
        if self.parked.is_set():
            return
        try:
            if not self._tenure.held:
                self._store.disown(self._session.session_id)
            elif self._kept or self._behind:
                await self._park_as_it_is()
        finally:
            self.parked.set()

    async def _park_as_it_is(self) -> None:
        session_id, packed, totals = self._session.session_id, None, None
        if self._behind:
            packed, totals = pack(self._stored()), self._totals
        with contextlib.suppress(Fenced):
            await self._ask(lambda: self._store.park(session_id, packed, totals))

    async def _save(self) -> None:
        session_id = self._session.session_id
        packed = pack(self._stored())
        self._steps = 0
        if self._kept:
            totals = self._totals
            stored = await self._ask(lambda: self._store.save(session_id, packed, totals))
        else:
            user_id, digest = self.owner.user_id, self._digest
            stored = await self._ask(
                lambda: self._store.create(session_id, user_id, digest, packed)
            )
            self._kept = stored
        self._behind = not stored

    async def _keep(self, step: Step) -> None:
        if self._behind:
            await self._save()
            return
        self._steps += 1
        packed = pack_step(step)
        try:
            stored = await self._ask(lambda: self._store.append(self._session.session_id, packed))
        except Forgotten:
            await self._save()
        else:
            self._behind = not stored

    async def _park(self) -> None:
        if not self._kept:
            await self._save()
        since, utterances = self._uplink.rewind(resuming=True)
        unheard = self._uplink.take_all()
        if utterances or not unheard.said:
            self._session.conversation.calls.said_again(since, utterances)
        stored = self._stored(unheard)
        packed = pack(stored)
        totals = self._totals
        if not await self._ask(lambda: self._store.park(self._session.session_id, packed, totals)):
            return  # `let_go` tries once more, with what was kept
        facts = {"items": len(stored.list.items), "unacknowledged": len(stored.list.events)}
        self._observer.note("session_parked", **facts)
        self.parked.set()

    def _stored(self, unheard: Unheard = NOTHING_UNHEARD) -> StoredSession:
        return self._session.stored(
            owner=self.owner,
            audio_ms=self._uplink.audio_ms,
            unheard=unheard,
        )

    @property
    def _totals(self) -> Totals:
        products = self._session.conversation.ledger.products
        return Totals(products=products, audio_ms=self._uplink.audio_ms)

    async def _ask(self, call: Callable[[], Awaitable[None]]) -> bool:
        """Return whether the store has done what it was asked to; report the first failure.

        It is asked nothing about a session that is no longer this process's.
        """
        if not self._tenure.held:
            return False
        try:
            await call()
        except StoreUnavailable as exc:
            if not self._failing:
                self._observer.warn("store_unavailable", problem=str(exc))
            self._failing = True
            return False
        except Fenced:
            self._kept = self._behind = False
            self.parked.set()
            raise
        self._failing = False
        return True


def _digest(token: str) -> str:
    """Return what the store knows a token by: who reads the store cannot resume a session."""
    return hashlib.sha256(token.encode()).hexdigest()
