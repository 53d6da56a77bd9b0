"""What of a session outlives its connection: the conversation, its list, and a token for it. Pure.

A session that does not outlive its connection (protocol v1) has a conversation and no token.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from actors.by_hand import carry_out
from actors.commands import Command, Drop, Inform, Note, Park, Save, SettleToken, Tell
from actors.conversation import Conversation, kept_and_told
from actors.ledger import MOST_UNACKNOWLEDGED
from actors.policy import SessionPolicy
from actors.sending import NOTHING_NEW, Sending
from actors.unheard import Unheard
from schemas.gemini import Remark, TypedText
from schemas.messages import EndOfUtterance, ListRequest, StartRequested
from schemas.server import (
    REPLY_SAMPLE_RATE,
    AudioFormat,
    AudioFormats,
    Error,
    Limits,
    Received,
    SessionInfo,
)
from schemas.shopping_list import Step
from schemas.stored import StoredSession, StoredText, StoredUplink
from shopping import EditRefused, Locale, remark_on

NOT_STARTED = "there is no session yet: send start_session first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose a session is, and since when, in Unix seconds."""

    user_id: str
    created_at: float


class Lasting:
    """The conversation, and the phone's hold on it.

    Attributes:
        session_id: what the session is called.
        conversation: what was said and done.
        token: what resumes it; `None` until it has begun, and where it cannot be resumed.
    """

    def __init__(
        self,
        session_id: str,
        policy: SessionPolicy,
        *,
        outlives: bool,
        sending: Sending = NOTHING_NEW,
    ) -> None:
        self.session_id = session_id
        self.token: str | None = None
        self._policy = policy
        self._outlives = outlives
        self._sending = sending
        self._settled = True
        """The phone is known to have the token."""
        self._known = False
        """The phone has been told of this session before."""
        self.conversation = self._new_conversation()

    def _new_conversation(self) -> Conversation:
        return Conversation(
            self.session_id,
            keeps_events=self._outlives,
            suggest_below=self._policy.suggest_below,
            sending=self._sending,
        )

    # Beginning.

    @property
    def nameless(self) -> bool:
        """Whether it is to be given a token, or the session that it goes on with, to start."""
        return self._outlives and self.token is None

    def begin(self, request: StartRequested, token: str, locale: Locale) -> list[Command]:
        """Begin with what the phone shows already; an error of the phone's if that is no list."""
        try:
            self.conversation.ledger.list.begin_with(request.listed, locale)
        except EditRefused as exc:
            return [Tell(Error(message=str(exc), code=exc.code))]
        self.token = token
        return [Save()]

    def go_on_with(self, stored: StoredSession, steps: Sequence[Step], token: str) -> None:
        """Go on with a stored session, and what happened to its list since it was stored."""
        self.session_id = stored.session_id
        self.conversation = self._new_conversation()
        self.conversation.restore(stored)
        for step in steps:
            self.conversation.ledger.catch_up(step)
        if stored.uplink.said:
            self.conversation.calls.announced_since(steps)
        for said in stored.uplink.said:
            if isinstance(said, tuple):
                self.conversation.typed.add(said[1])
        self.token, self._settled, self._known = token, False, True

    def introduce(self, request: StartRequested, language: str) -> list[Command]:
        """Tell the phone which session it has, and what happened since it left."""
        if self.token is None:
            return []
        resumed, self._known = self._known, True
        ledger, reply = self.conversation.ledger, self.conversation.reply
        notes = []
        if resumed and request.resume and (lacking := ledger.go_above(request.resume.last_seq)):
            notes.append(Note("session_lacks_events", {"events": lacking}, trouble=True))
        sound = AudioFormat(sample_rate=REPLY_SAMPLE_RATE) if reply == "audio" else None
        info = SessionInfo(
            session_id=self.session_id,
            resume_token=self.token,
            resumed=resumed,
            seq=ledger.seq,
            language=language,
            reply=reply,
            list=ledger.list.items,
            suggestions=ledger.list.suggested,
            received=ledger.refs,
            audio=AudioFormats(output=sound),
            limits=Limits(
                resume_window_s=_whole(self._policy.resume_window_s),
                uplink_buffer_ms=self._policy.uplink_ms,
                unacknowledged_events=MOST_UNACKNOWLEDGED,
            ),
        )
        missed = ledger.after(request.resume.last_seq) if resumed and request.resume else ()
        return [*notes, Tell(info), *map(Tell, missed)]

    def stored_anew(self) -> list[Command]:
        """What is stored of it may have been lost, or lack something."""
        return [] if self.token is None else [Save()]

    # What the phone does to the list.

    def by_hand(
        self, request: ListRequest, locale: Locale, *, unix: float, linked: bool
    ) -> list[Command]:
        """Carry out what the shopper did, and let the model know, if there is one.

        Args:
            request: what was done.
            locale: the words that products are understood in.
            unix: wall-clock seconds.
            linked: there is a link, or one is on its way.
        """
        if self.token is None:
            return [Tell(Error(NOT_STARTED, "not_started", request.ref))]
        ledger = self.conversation.ledger
        received = [] if request.ref is None else [Tell(Received(request.ref))]
        if ledger.has_dealt_with(request.ref):
            return [*received]
        try:
            carry_out(request, ledger, locale, unix=unix)
        except EditRefused as exc:
            return [Tell(Error(str(exc), exc.code, request.ref))]
        step = ledger.take_step([request.ref])
        commands = [*kept_and_told(step), *received]
        if step is not None and step.events and linked:
            commands.append(Inform(Remark(remark_on(step.events, locale))))
        return commands

    def acknowledged(self, seq: int) -> list[Command]:
        """Forget the events up to `seq`. Who acknowledges has had the `session` message."""
        if self.token is None:
            return [Tell(Error(f"seq: {NOT_STARTED}", "not_started"))]
        ledger = self.conversation.ledger
        if seq > ledger.seq:
            return [Tell(Error(f"seq: the newest event is {ledger.seq}", "invalid_field"))]
        ledger.acknowledge(seq)
        settled, self._settled = self._settled, True
        return [] if settled else [SettleToken()]

    # Leaving.

    def parting(self, *, kept: bool) -> list[Command]:
        """Return what becomes of it when its connection ends, once the link is lost."""
        if self.token is None:
            return []
        return [Park()] if kept else [Drop()]

    def stored(self, owner: Owner, unheard: Unheard) -> StoredSession:
        """Return it for its next connection; the rest is the link's."""
        conversation = self.conversation
        return StoredSession(
            session_id=self.session_id,
            user_id=owner.user_id,
            created_at=owner.created_at,
            language="",
            reply=conversation.reply,
            list=conversation.ledger.stored(),
            calls=conversation.calls.stored(),
            uplink=_stored_uplink(unheard, conversation.typed.refs),
            usage=conversation.usage.view(),
            context=conversation.usage.stored(),
            products=conversation.ledger.products,
        )


def _stored_uplink(unheard: Unheard, refs: Sequence[str | None]) -> StoredUplink:
    said: list[bytes | StoredText | None] = []
    requests = iter(refs)
    for each in unheard.said:
        match each:
            case bytes():
                said.append(each)
            case TypedText(text):
                said.append((text, next(requests, None)))
            case EndOfUtterance():
                said.append(None)
            case other:
                assert_never(other)
    return StoredUplink(tuple(said), unheard.answers, unheard.remarks, unheard.untold_ms)


def _whole(seconds: float) -> int | float:
    return int(seconds) if seconds == int(seconds) else seconds
