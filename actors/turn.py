"""Carries out the function calls of a conversation: each once, whatever comes twice. Pure."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from actors.ledger import Ledger
from schemas.gemini import CallOutcome, FunctionCall, FunctionResponse, Scheduling
from schemas.product import ProductDraft
from schemas.shopping_list import Operation, Said, Step
from schemas.stored import StoredCall, StoredCalls
from shopping import UNDO_NAME, Cause, Heard, ListFull, Locale, NotDone, TooMuch, interpret

REMEMBERED_CALLS: Final = 50
"""Calls that are remembered, so that one seen twice has one effect and can be taken back."""
_STORED_CALLS: Final = 8
"""Calls that are remembered from one connection to the next: what Gemini may still cancel."""
_LATELY: Final = 50
"""Products announced last that are remembered, should what they were said with be said again."""
_UNDO: Final[Said] = ("undo", "", 0.0, "")


@dataclass(slots=True)
class _Call:
    """One call that was seen: its answer, and its products with the keys of their operations.

    A call that Gemini cancelled before it came has neither.
    """

    answer: FunctionResponse | None
    said: tuple[tuple[Said, str], ...] = ()
    cancelled: bool = False


class Occasion(msgspec.Struct, frozen=True, kw_only=True):
    """When and how calls are carried out.

    Attributes:
        locale: the words that products are understood in.
        now: monotonic seconds.
        unix: wall-clock seconds.
        ref: the typed sentence that they are about.
    """

    locale: Locale
    now: float
    unix: float
    ref: str | None = None


class Calls:
    """Carries out function calls: each id once, and each product of a repeated sentence once.

    When a link is lost in a turn, its sentence is said again on the next link, and Gemini calls
    again, under new ids. What was announced of that sentence is not announced again. Nor is what a
    model calls for twice within one turn, unless that turn may be about several sentences, or it
    was removed or undone in between: it repeats itself (gemini-live-api-examples#46).

    A call that Gemini cancels afterwards is taken back. One that it cancels before it comes has no
    effect.

    Ids of events are derived from the session's and the call's, so the same call always gives the
    same ones.

    Attributes:
        scheduling: when the model may speak about an answer.
    """

    def __init__(self, ledger: Ledger, *, suggest_below: float) -> None:
        """Take the list to carry them out on.

        Args:
            ledger: the list; its step is to be taken afterwards.
            suggest_below: less confidence than this is put to the shopper first.
        """
        self.scheduling: Scheduling = "SILENT"
        self._ledger = ledger
        self._suggest_below = suggest_below
        self._known: OrderedDict[str, _Call] = OrderedDict()
        self._answered_here: set[str] = set()
        self._announced: Counter[Said] = Counter()
        self._in_force: Counter[Said] = Counter()
        """Of what was announced, what nothing in this turn has taken away again."""
        self._said_again: Counter[Said] = Counter()
        self._lately: list[tuple[float, Said]] = []
        self._announced_at = 0.0
        self._repeats = 1
        self._seen = 0
        self._group: int | None = None
        self._refusal: str | None = None

    # Calls.

    def carry_out(self, call: FunctionCall, occasion: Occasion) -> FunctionResponse | None:
        """Do what a call says; return its answer.

        A call that was seen before has the answer it had, and no effect; one that was answered on
        this link already, or cancelled, has no answer either.
        """
        known = self._known.get(call.id)
        if call.id in self._answered_here or (known is not None and known.cancelled):
            return None
        if call.id:
            self._answered_here.add(call.id)
        if known is not None:
            return known.answer
        self._seen += 1
        if call.name == UNDO_NAME:
            outcome = self._undo(call, occasion)
            said: tuple[tuple[Said, str], ...] = ()
        else:
            outcome, said = self._change(call, occasion)
        answer = FunctionResponse(
            id=call.id, name=call.name, response=outcome, scheduling=self.scheduling
        )
        if call.id:
            self._remember(call.id, _Call(answer, said))
        return answer

    def take_refusal(self) -> str | None:
        """Return why the list took something no more, if the shopper has to know."""
        refusal, self._refusal = self._refusal, None
        return refusal

    def cancel(self, ids: Sequence[str], *, unix: float) -> None:
        """Take back what these calls have done."""
        for call_id in ids:
            call = self._known.get(call_id, _Call(None))
            if call.cancelled:
                continue
            self._remember(call_id, _Call(call.answer, cancelled=True))
            for said, _ in call.said:
                self._unsay(said)
            cause = self._ledger.cause(
                f"{call_id}/cancelled", group=self._current_group(), by="model", unix=unix
            )
            self._ledger.list.cancel(call_id, cause)

    def _undo(self, call: FunctionCall, occasion: Occasion) -> CallOutcome:
        if not self._is_new(_UNDO, occasion.now):
            return CallOutcome("accepted")
        try:
            self._ledger.list.undo(self._cause(call, "undo", occasion))
        except NotDone as exc:
            return CallOutcome("rejected", problem=str(exc))
        return CallOutcome("accepted")

    def _change(
        self, call: FunctionCall, occasion: Occasion
    ) -> tuple[CallOutcome, tuple[tuple[Said, str], ...]]:
        understood = interpret(call, occasion.locale)
        drafts: list[ProductDraft] = []
        problems = [understood.problem] if understood.problem else []
        done: list[tuple[Said, str]] = []
        for at, heard in enumerate(understood.heard):
            said = _said(heard.draft)
            if not self._is_new(said, occasion.now):
                drafts.append(heard.draft)
                done += self._take_over(said, call.id)
                continue
            cause = self._cause(call, str(at), occasion)
            try:
                drafts.append(self._do(heard, cause, occasion.locale, problems))
                done.append((said, cause.key))
            except NotDone as exc:
                problems.append(str(exc))
                self._refusal = str(exc) if isinstance(exc, ListFull | TooMuch) else self._refusal
        return _outcome(drafts, problems), tuple(done)

    def _do(self, heard: Heard, cause: Cause, locale: Locale, problems: list[str]) -> ProductDraft:
        if heard.draft.confidence >= self._suggest_below:
            return self._ledger.list.hear(heard, cause, locale)
        self._ledger.list.suggest(heard, cause)
        problems.append(f'"{heard.draft.name}" waits for the shopper to confirm it')
        return heard.draft

    def _cause(self, call: FunctionCall, part: str, occasion: Occasion) -> Cause:
        group = self._current_group()
        known_as = call.id or f"#{group}.{self._seen}"
        return self._ledger.cause(
            f"{known_as}/{part}",
            group=group,
            by="model",
            unix=occasion.unix,
            call=call.id or None,
            ref=occasion.ref,
        )

    def _current_group(self) -> int:
        if self._group is None:
            self._group = self._ledger.new_group()
        return self._group

    # Turns, and what is said again.

    @property
    def may_repeat(self) -> bool:
        """Whether anything of what was announced may be called for again."""
        return bool(self._said_again)

    def nothing_said_again(self) -> None:
        """Gemini has answered all that is said again; what it calls for now is new."""
        self._said_again.clear()

    def turn_ended(self) -> None:
        """What Gemini calls for next is about another sentence."""
        self._lately += ((self._announced_at, said) for said in self._announced.elements())
        del self._lately[:-_LATELY]
        self._announced.clear()
        self._in_force.clear()
        self._group = None
        self._repeats = max(1, self._repeats - 1)

    def stopped(self) -> None:
        """What was said is not said again."""
        self.turn_ended()
        self._said_again.clear()
        self._lately.clear()
        self._repeats = 1

    def link_lost(self) -> None:
        """The sentence that Gemini has not finished is said again on the next link."""
        self._repeats = 1
        self._said_again += self._announced
        self._announced.clear()
        self._in_force.clear()
        self._answered_here.clear()

    def said_again(self, since: float | None, utterances: int) -> None:
        """So are others, of which Gemini may answer several in one turn.

        What was announced since `since`, in turns that are over, may have been about them.
        Without `utterances`, nothing is said again.
        """
        self._repeats = max(1, utterances)
        if not utterances:
            # Nothing is said again at all.
            self._said_again.clear()
        if since is None:
            return
        self._said_again += Counter(said for at, said in self._lately if at >= since)

    def announced_since(self, steps: Iterable[Step]) -> None:
        """What was announced after the rest was left may have been about what is said again.

        Args:
            steps: what happened between what is restored, and says what is said again, and the end
                of a connection that could not say what of it was heard.
        """
        for step in steps:
            self._said_again.update(dict(step.called))
        # What was called for before, and taken back since, is not called for again.
        self._said_again = +self._said_again

    def _is_new(self, said: Said, now: float) -> bool:
        if self._in_force[said] >= max(1, self._repeats):
            return False
        self._overrule(said)
        self._in_force[said] += 1
        self._announced[said] += 1
        self._announced_at = now
        if _take_one(self._said_again, said):
            return False
        self._ledger.note_called(said, 1)
        return True

    def _overrule(self, said: Said) -> None:
        """Let what this takes away be new if it is said once more: "milk, no, well, milk"."""
        action, name = said[:2]
        for other in list(self._in_force):
            undoes = said == _UNDO or (action == "remove" and other[1] == name)
            undone = other == _UNDO or (other[0] == "remove" and other[1] == name)
            if other != said and (undoes or undone):
                del self._in_force[other]

    def _take_over(self, said: Said, call_id: str) -> list[tuple[Said, str]]:
        """Make the effect that a repeated product has the newer call's: it may be cancelled."""
        if not call_id:
            return []
        for call in reversed(self._known.values()):
            for pair in call.said:
                operation = self._operation(pair[1]) if pair[0] == said else None
                if operation is not None:
                    call.said = tuple(each for each in call.said if each is not pair)
                    self._ledger.list.hand_over(operation, call_id)
                    return [pair]
        return []

    def _operation(self, key: str) -> Operation | None:
        log = self._ledger.list.record.log
        return next((operation for operation in log if operation.key == key), None)

    def _unsay(self, said: Said) -> None:
        """If it is said again, it is announced again."""
        _take_one(self._in_force, said)
        if not _take_one(self._announced, said):
            _take_one(self._said_again, said)
        self._ledger.note_called(said, -1)

    def _remember(self, call_id: str, call: _Call) -> None:
        self._known[call_id] = call
        if len(self._known) > REMEMBERED_CALLS:
            self._known.popitem(last=False)

    # Between connections.

    def stored(self) -> StoredCalls:
        """Return what the next connection has to know; to be asked once the link is lost."""
        newest = list(self._known.items())[-_STORED_CALLS:]
        return StoredCalls(
            known=tuple(
                StoredCall(call_id, call.answer, call.said, call.cancelled)
                for call_id, call in newest
            ),
            said_again=tuple(self._said_again.items()),
            repeats=self._repeats,
        )

    def restore(self, stored: StoredCalls) -> None:
        """Go on with what was stored."""
        for call in stored.known:
            self._known[call.id] = _Call(call.answer, call.said, call.cancelled)
        self._said_again = Counter(dict(stored.said_again))
        self._repeats = stored.repeats


def _outcome(drafts: list[ProductDraft], problems: list[str]) -> CallOutcome:
    problem = "; ".join(problems)
    if not drafts:
        return CallOutcome("rejected", problem=problem)
    return CallOutcome("corrected" if problems else "accepted", tuple(drafts), problem)


def _take_one(counts: Counter[Said], said: Said) -> bool:
    """Count one less, if there is one; return whether there was."""
    if not counts[said]:
        return False
    counts[said] -= 1
    if not counts[said]:
        del counts[said]
    return True


def _said(draft: ProductDraft) -> Said:
    return draft.action, draft.name, draft.quantity, draft.unit
