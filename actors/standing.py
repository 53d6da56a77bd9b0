"""Where a session stands: its state, and the parts that all who decide for it look at. Pure."""

from __future__ import annotations

from msgspec.structs import replace

from actors.budget import Budget, Price
from actors.conversation import Conversation
from actors.finishing import Ending, Finishing
from actors.gate import Gate
from actors.lasting import Lasting, Owner
from actors.leaving import Leaving
from actors.linking import Linking
from actors.policy import SessionPolicy
from actors.restart import Restarts
from actors.sending import Sending
from actors.states import State, StatusLine
from actors.unheard import Unheard
from schemas.admin import SessionStateName
from schemas.bill import Bill
from schemas.stored import StoredSession
from shopping import locale_for


class Standing:
    """What is so in one session; what follows from an event, others decide.

    Attributes:
        policy: bounds and timeouts.
        state: the one state that it is in.
        status: what the phone was told of that.
        language: BCP 47 tag of what is spoken.
        locale: the words that products are understood in.
        lasting: what outlives the phone's connection.
        linking: the links, of which one at the most is current.
        finishing: the end that is under way, if there is one.
        leaving: the plan for the phone's connection.
        budget: what it has cost.
        phone_left_at: when the phone went without a word, in monotonic seconds.
        gemini_since: when the newest Gemini session began, in Unix seconds.
        last_error: what went wrong last with a link.
        link_error: of what kind that was, a word, if no link was opened since.
    """

    __slots__ = (
        "budget",
        "finishing",
        "gemini_since",
        "language",
        "last_error",
        "lasting",
        "leaving",
        "link_error",
        "linking",
        "locale",
        "phone_left_at",
        "policy",
        "state",
        "status",
    )

    def __init__(  # noqa: PLR0913 - all but the first three by keyword
        self,
        session_id: str,
        policy: SessionPolicy,
        restarts: Restarts,
        *,
        outlives: bool,
        connected_at: float,
        spread: float,
        price: Price | None,
        sending: Sending,
    ) -> None:
        """Begin; `actors.session.Session` says what its arguments are."""
        self.policy = policy
        self.state = State.IDLE
        self.status = StatusLine()
        self.language = policy.language
        self.locale = locale_for(policy.language)
        self.lasting = Lasting(session_id, policy, outlives=outlives, sending=sending)
        self.linking = Linking(policy, restarts)
        self.finishing = Finishing(policy)
        self.leaving = Leaving(policy, connected_at=connected_at, spread=spread)
        self.budget = Budget(policy.budgets, price)
        self.phone_left_at: float | None = None
        self.gemini_since = 0.0
        self.last_error: str | None = None
        self.link_error: str | None = None

    @property
    def conversation(self) -> Conversation:
        """What was said and carried out so far; another one, once a stored session goes on."""
        return self.lasting.conversation

    @property
    def bill(self) -> Bill:
        """What it has come to so far, over all its connections."""
        return self.budget.bill(self.conversation.usage.view())

    # What its state means.

    @property
    def shown(self) -> SessionStateName:
        """The state as admins see it."""
        if self.phone_left_at is not None and not self.closed:
            return "parking"
        ending = self.finishing.active or self.leaving.announced
        return "draining" if ending and self.state.running else self.state.shown

    @property
    def closed(self) -> bool:
        """Whether nothing will happen any more."""
        return self.state is State.CLOSED

    @property
    def linked(self) -> bool:
        """Whether there is a link, or one is on its way, here or on the next connection."""
        return self.state.running or self.state is State.LEAVING

    @property
    def resumable(self) -> bool:
        """Whether the phone may come back to it on another connection."""
        return self.lasting.token is not None

    @property
    def leaves(self) -> bool:
        """Whether this connection is about to end, whatever becomes of the link."""
        return self.finishing.ending is Ending.TO_LEAVE or self.leaving.announced

    @property
    def has_to_part(self) -> bool:
        """Whether another instance opens the next link."""
        return self.resumable and self.leaving.announced and not self.finishing.active

    @property
    def gate(self) -> Gate:
        """What happens to speech that arrives now."""
        if self.state is State.LEAVING:
            return Gate.OPEN
        if not self.state.running:
            closed = self.state in (State.REFUSED, State.CLOSED)
            return Gate.SHUT if closed else Gate.KNOCK
        # What still comes after a stop is what was on its way; after a new start it is not.
        open_ = not self.finishing.active or self.finishing.next_start is not None
        return Gate.OPEN if open_ else Gate.SHUT

    @property
    def deadline(self) -> float | None:
        """When it wants to be woken, in monotonic seconds; `None` for never."""
        if self.state is State.CLOSED:
            return None
        if self.finishing.active:
            return self.finishing.deadline
        earliest = self.leaving.deadline
        if self.state.running:
            earliest = _earlier(earliest, self.linking.deadline)
        if self.phone_left_at is None:
            return earliest
        return _earlier(earliest, self.phone_left_at + self.policy.phone_grace_s)

    def stored(self, *, owner: Owner, audio_ms: int, unheard: Unheard) -> StoredSession:
        """Return what the next connection goes on with.

        Args:
            owner: whose it is.
            audio_ms: how much was spoken in all.
            unheard: what Gemini has not acted on.
        """
        return replace(
            self.lasting.stored(owner, unheard),
            language=self.language,
            handles=self.linking.handles,
            gemini_since=self.gemini_since,
            links_opened=self.linking.opened,
            audio_ms=audio_ms,
        )


def _earlier(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)
