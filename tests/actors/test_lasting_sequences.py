"""The same for sessions that outlive their connections: also what is stored, kept and parked."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from actors.commands import (
    CloseClient,
    CloseLink,
    Command,
    Drop,
    Inform,
    Keep,
    Park,
    Save,
    SettleToken,
    Tell,
)
from actors.lasting import Owner
from actors.restart import Restarts
from actors.session import Session
from schemas.client import AddItem, Confirm, Edit, Reject, RemoveItem, Undo, UpdateItem
from schemas.messages import (
    Acknowledged,
    ClientErred,
    ClientLeft,
    Event,
    ListRequested,
    PingReceived,
    SpeechArrived,
    SpeechLost,
    StartRequested,
    StopRequested,
    TextAnswered,
    TextTyped,
)
from schemas.server import Error, Received, SessionInfo
from schemas.shopping_list import Item, ListEvent
from schemas.stored import StoredSession, pack, unpack
from tests.actors.test_session_sequences import POLICY, AnyOrder

OWNER = Owner(user_id="ala", created_at=1.0)
_OF_THE_PHONE = (
    StartRequested,
    SpeechArrived,
    StopRequested,
    PingReceived,
    SpeechLost,
    ClientErred,
    TextTyped,
    ListRequested,
    Acknowledged,
)
_refs = st.none() | st.sampled_from(["r1", "r2", "r3"])
_ids = st.sampled_from(["i1", "i2", "i3"])
_operations = st.lists(
    st.builds(AddItem, st.sampled_from(["mleko", "chleb", "?"]), id=st.none() | _ids)
    | st.builds(UpdateItem, _ids, quantity=st.sampled_from([1.0, 2.0]))
    | st.builds(RemoveItem, _ids),
    min_size=1,
    max_size=3,
)
_requests = (
    st.builds(Edit, _operations.map(tuple), _refs)
    | st.builds(Undo, _refs)
    | st.builds(Confirm, _ids, _refs)
    | st.builds(Reject, _ids, _refs)
)


class AnyOrderLasting(AnyOrder):
    """Events in any order, of a phone that speaks version 2."""

    def __init__(self) -> None:
        super().__init__()
        self.session = Session(
            session_id="s1",
            policy=POLICY,
            restarts=Restarts(POLICY.restart, lambda: 1.0),
            outlives=True,
        )
        self.left = False
        self.partings = 0
        self.kept: list[int] = []
        self.items: dict[str, Item] = {}
        self.tokens = 0
        self.stored: StoredSession | None = None

    @rule(text=st.sampled_from(["dodaj mleko"]), ref=_refs)
    def somebody_types(self, text: str, ref: str | None) -> None:
        if self.session.state_name in {"idle", "stopped"}:
            self.wanted = True
        self.took(TextTyped(text, ref))

    @rule()
    def something_typed_was_answered(self) -> None:
        told = [each.message for each in self.took(TextAnswered()) if isinstance(each, Tell)]
        assert all(isinstance(message, Received) for message in told)

    @rule(request=_requests)
    def somebody_edits(self, request: Edit | Undo | Confirm | Reject) -> None:
        self.took(ListRequested(request))

    @rule(back=st.integers(-1, 3))
    def the_phone_acknowledges(self, back: int) -> None:
        seq = max(0, len(self.announced) - back)
        commands = self.took(Acknowledged(seq))
        refused = [each for each in commands if isinstance(each, Tell)]
        assert (
            bool(refused) == (not self.left and (self.session.nameless or back < 0)) or self.ended
        )

    def took(self, event: Event) -> list[Command]:
        if isinstance(event, _OF_THE_PHONE) and self.left:
            return []
        starts = isinstance(event, StartRequested | SpeechArrived | TextTyped)
        if starts and self.session.nameless and not self.ended:
            request = event if isinstance(event, StartRequested) else StartRequested(None)
            assert self.session.begin(request, token="token") == [Save()]  # noqa: S106 - a test's
        left, self.left = self.left, self.left or isinstance(event, ClientLeft)
        commands = super().took(event)
        told = [each.message for each in commands if isinstance(each, Tell)]
        assert not left or not any(isinstance(each, SessionInfo) for each in told)
        self.check_order(commands)
        return commands

    def check_order(self, commands: list[Command]) -> None:
        """What changes the list is stored, then Gemini is answered, then the phone is told."""
        kept = [at for at, each in enumerate(commands) if isinstance(each, Keep)]
        told = [at for at, each in enumerate(commands) if _tells_event(each)]
        answered = [at for at, each in enumerate(commands) if isinstance(each, Inform)]
        assert not told or (kept and kept[0] < told[0])
        if kept and answered:
            assert kept[0] < answered[0]
        partings = [at for at, each in enumerate(commands) if isinstance(each, Park | Drop)]
        closings = [at for at, each in enumerate(commands) if isinstance(each, CloseClient)]
        links = [at for at, each in enumerate(commands) if isinstance(each, CloseLink)]
        for parting in partings:
            assert links
            assert links[0] < parting
            assert not closings or parting < closings[0]

    def obey(self, command: Command) -> None:
        super().obey(command)
        match command:
            case Keep(step):
                self.kept += [event.seq for event in step.events]
            case Tell(ListEvent(seq=seq) as event):
                assert seq in self.kept, "the phone was told before it was stored"
                self.show(event)
            case Park() | Drop():
                self.partings += 1
                self.stored = self.session.stored(owner=OWNER, audio_ms=7)
            case SettleToken():
                self.tokens += 1
            case Tell(Error(code="malformed")):
                raise AssertionError(command)
            case _:
                pass

    def show(self, event: ListEvent) -> None:
        if event.item is not None:
            self.items[event.item.id] = event.item
        elif event.kind != "suggested":
            self.items.pop(event.product.id, None)

    @invariant()
    def the_phones_list_is_the_sessions(self) -> None:
        assert self.items == {item.id: item for item in self.session.conversation.ledger.list.items}

    @invariant()
    def a_session_that_has_begun_is_parked_or_dropped_once(self) -> None:
        begun = not self.session.nameless
        assert self.partings == (begun and self.session.closed)
        assert self.tokens == 0, "a token is settled that replaced none"

    @invariant()
    def what_is_parked_can_be_gone_on_with(self) -> None:
        if self.stored is None:
            return
        stored = unpack(pack(self.stored))
        assert stored == self.stored
        other = Session(
            session_id="s2",
            policy=POLICY,
            restarts=Restarts(POLICY.restart, lambda: 1.0),
            outlives=True,
        )
        other.begin(StartRequested(None), token="other", stored=stored)  # noqa: S106 - a test's
        again = other.stored(owner=OWNER, audio_ms=7)
        assert again.list == stored.list
        assert again.handles == stored.handles
        assert other.session_id == "s1"
        self.stored = None

    @invariant()
    def every_link_but_the_newest_is_closed(self) -> None:
        if self.session.state_name != "parking":
            super().every_link_but_the_newest_is_closed()
        else:
            assert self.session.deadline is not None


def _tells_event(command: Command) -> bool:
    return isinstance(command, Tell) and isinstance(command.message, ListEvent)


TestAnyOrderLasting = AnyOrderLasting.TestCase
TestAnyOrderLasting.settings = settings(max_examples=150, stateful_step_count=50, deadline=None)
