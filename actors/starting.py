"""How a session starts: afresh or from what was stored, because the phone asks, speaks or types.

Pure.
"""

from __future__ import annotations

from collections.abc import Sequence

from actors.accounting import Accounting
from actors.commands import Command, Note, OpenLink, SendText, Spend, Tell
from actors.lasting import NOT_STARTED
from actors.ports import Fact
from actors.standing import Standing
from actors.states import State
from schemas.bill import NOTHING
from schemas.messages import StartRequested, TextTyped
from schemas.server import Error, Received
from schemas.shopping_list import Step
from schemas.stored import StoredSession
from shopping import locale_for


class Starting:
    """Starts one session, as often as the phone wants."""

    __slots__ = ("_accounting", "_connected_as", "_finishing", "_standing")

    def __init__(self, standing: Standing, accounting: Accounting) -> None:
        self._standing = standing
        self._finishing = standing.finishing
        self._accounting = accounting
        self._connected_as: str | None = None
        """What it was called before it went on with a stored session, until that has started."""

    def begin(self, request: StartRequested, token: str) -> list[Command]:
        """Begin a list; return an error of the phone's if it cannot be begun."""
        standing = self._standing
        locale = locale_for(request.language or standing.policy.language)
        return standing.lasting.begin(request, token, locale)

    def go_on_with(self, stored: StoredSession, steps: Sequence[Step], token: str) -> None:
        """Go on with a stored session, and what happened to its list since it was stored."""
        standing = self._standing
        self._connected_as = standing.lasting.session_id
        standing.lasting.go_on_with(stored, steps, token)
        standing.language = stored.language
        standing.linking.restore(stored.handles, opened=stored.links_opened)
        standing.gemini_since = stored.gemini_since
        standing.budget.restore(stored.usage)

    def requested(self, event: StartRequested, now: float) -> list[Command]:
        """Start, if it has not, and once it has stopped if it is about to."""
        standing = self._standing
        if standing.leaving.announced:
            return []
        if self._finishing.active:
            self._finishing.start_afterwards(event)
            return []
        if standing.state.running:
            return self._again(event)
        return self._start(event, now)

    def speech_arrived(self, now: float) -> list[Command]:
        """Start, because somebody speaks."""
        # Chunks that came before the first one was dealt with knocked as well.
        standing = self._standing
        wanted = standing.state in (State.IDLE, State.STOPPED) and not self._finishing.active
        return self._start(StartRequested(standing.language), now) if wanted else []

    def typed(self, event: TextTyped, now: float) -> list[Command]:
        """Put a sentence to Gemini, and start if that takes it."""
        standing = self._standing
        conversation = standing.conversation
        ledger = conversation.ledger
        if event.ref is not None and ledger.has_dealt_with(event.ref):
            waits = event.ref in conversation.typed.refs
            return [] if waits else [Tell(Received(event.ref))]
        closing = self._finishing.active and self._finishing.next_start is None
        if not standing.resumable or closing or standing.state is State.REFUSED:
            return [Tell(Error(f"text: {NOT_STARTED}", "not_started", event.ref))]
        if event.ref is not None:
            ledger.deal_with(event.ref)
        conversation.typed.add(event.ref)
        conversation.usage.estimator.sent(event.text)
        started = [] if standing.linked else self._start(StartRequested(standing.language), now)
        return [SendText(event.text), *started]

    def _start(self, event: StartRequested, now: float) -> list[Command]:
        standing = self._standing
        conversation = standing.conversation
        connected_as, self._connected_as = self._connected_as, None
        restored = connected_as is not None
        chosen = standing.language if restored else standing.policy.language
        standing.language = event.language or chosen
        standing.locale = locale_for(standing.language)
        conversation.reply = event.reply or conversation.reply
        if not restored:
            standing.linking.begin()
        standing.state = State.CONNECTING
        introduced = standing.lasting.introduce(event, standing.language)
        if introduced:
            replayed = sum(isinstance(each, Tell) for each in introduced) - 1
            facts: dict[str, Fact] = {"resumed": restored, "replayed": replayed}
            facts["connected_as"] = connected_as
            introduced.append(Note("session_introduced", facts))
        if over := self._accounting.judge_session(now):
            return [*introduced, *over]
        # Others may have spent what there was.
        asks = [Spend(NOTHING)] if standing.policy.budgets.shared else []
        told = standing.status.tell("connecting")
        return [*introduced, *told, *asks, open_link(standing, now)]

    def _again(self, event: StartRequested) -> list[Command]:
        standing = self._standing
        reply = standing.conversation.reply
        problem = ""
        if event.language is not None and event.language != standing.language:
            problem = f"language: the session runs in {standing.language}; stop it first"
        elif event.reply is not None and event.reply != reply:
            problem = f"reply: the session runs with {reply}; stop it first"
        elif event.resume is not None:
            problem = "resume: a session runs on this connection already"
        if problem:
            return [Tell(Error(message=problem, code="already_started"))]
        return [
            *standing.lasting.introduce(event, standing.language),
            *standing.status.repeat(standing.state.status),
        ]


def open_link(standing: Standing, now: float, delay_s: float = 0.0) -> OpenLink:
    """Return the order for the session's next link, to be opened after `delay_s`."""
    conversation = standing.conversation
    order = standing.linking.open(
        now,
        language=standing.language,
        known=conversation.ledger.list.items,
        aloud=conversation.reply == "audio",
        delay_s=delay_s,
    )
    if not standing.linking.resumes:
        conversation.usage.set_up(order.request, standing.locale)
    return order
