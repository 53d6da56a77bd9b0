"""Whatever is said and done, in whatever order: what must hold of a list at any time."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from schemas.client import MAX_QUANTITY, AddItem, EditOperation, RemoveItem, UpdateItem
from shopping import EditRefused, NotDone
from shopping.record import MOST_LOGGED
from shopping.shopping_list import MOST_SUGGESTIONS
from shopping.words import fold
from tests.shopping.followed_list import FollowedList

NAMES = st.sampled_from(
    ["mleko", "Mleko", "mleko łaciate", "mąka", "chleb", "chleb żytni", "Nutella", "woda 1,5 l"]
)
UNITS = st.sampled_from(["l", "ml", "kg", "g", "szt", "karton", "butelka", "500 ml"])
QUANTITIES = st.sampled_from([1, 2, 0.5, 0.001, 1.2345, 100, 9_999, 10_000])
CALLS = st.sampled_from(["c1", "c2", "c3"])
OWN_IDS = st.sampled_from(["a1", "a2", "a3"])
SAID = st.fixed_dictionaries(
    {"action": st.sampled_from(["add", "add", "update", "remove"])},
    optional={"quantity": QUANTITIES, "unit": UNITS},
)
AMOUNT = {"quantity": QUANTITIES, "unit": UNITS}


class AnyList(RuleBasedStateMachine):
    complete = True

    def __init__(self) -> None:
        super().__init__()
        self.followed = FollowedList(complete=self.complete)
        self.record = self.followed.list.record

    @rule(name=NAMES, fields=SAID, call=CALLS, in_one_sentence=st.integers(1, 3))
    def hear(self, name: str, fields: dict[str, object], call: str, in_one_sentence: int) -> None:
        group = self.followed.cause().group
        for _ in range(in_one_sentence):
            before = self.record.mark()
            try:
                self.followed.say(name, self.followed.cause(group=group, call=call), **fields)
            except NotDone:
                assert self.record.mark() == before

    @rule(name=NAMES, fields=SAID, call=CALLS)
    def suggest(self, name: str, fields: dict[str, object], call: str) -> None:
        self.followed.suggest(name, self.followed.cause(call=call), **fields)

    @precondition(lambda self: len(self.record.suggestions) < MOST_SUGGESTIONS // 2 + 5)
    @rule()
    def suggest_a_lot(self) -> None:
        for number in range(MOST_SUGGESTIONS // 2):
            self.followed.suggest(f"p{number}")

    @rule(data=st.data())
    def confirm(self, data: st.DataObject) -> None:
        before = self.record.mark()
        try:
            self.followed.confirm(self.any_suggestion(data))
        except EditRefused:
            assert self.record.mark() == before

    @rule(data=st.data())
    def reject(self, data: st.DataObject) -> None:
        with suppress(EditRefused):
            self.followed.reject(self.any_suggestion(data))

    @rule(data=st.data())
    def edit(self, data: st.DataObject) -> None:
        operations = data.draw(st.lists(self.operations(), min_size=1, max_size=4))
        before = self.record.mark()
        try:
            self.followed.edit(*operations)
        except EditRefused:
            assert self.record.mark() == before

    @precondition(lambda self: len(self.record.log) < MOST_LOGGED // 2 + 5)
    @rule()
    def edit_a_lot(self) -> None:
        adding = [AddItem(name=f"p{number}") for number in range(MOST_LOGGED // 2)]
        self.followed.edit(*adding)

    @rule()
    def undo(self) -> None:
        if self.record.log:
            self.followed.undo()
        else:
            with pytest.raises(NotDone):
                self.followed.undo()

    @rule(call=CALLS)
    def cancel(self, call: str) -> None:
        self.followed.cancel(call)
        assert all(operation.call != call for operation in self.record.log)

    @precondition(lambda self: self.record.log)
    @rule(data=st.data(), call=CALLS)
    def hand_over(self, data: st.DataObject, call: str) -> None:
        self.followed.list.hand_over(data.draw(st.sampled_from(self.record.log)), call)

    @rule()
    def take_step(self) -> None:
        self.followed.events()
        assert self.followed.list.take_step() is None

    def operations(self) -> st.SearchStrategy[EditOperation]:
        ids = st.sampled_from([*(item.id for item in self.record.items[:5]), "a1", "none"])
        adding = st.builds(AddItem, name=NAMES, id=st.none() | OWN_IDS, **AMOUNT)
        amount = {key: st.none() | values for key, values in AMOUNT.items()}
        updating = st.builds(UpdateItem, id=ids, name=st.none() | NAMES, **amount)
        return adding | updating | st.builds(RemoveItem, id=ids)

    def any_suggestion(self, data: st.DataObject) -> str:
        ids = [each.id for each in self.record.suggestions]
        return data.draw(st.sampled_from([*ids, "none"]))

    @invariant()
    def items_are_what_a_list_can_hold(self) -> None:
        items = self.record.items
        assert all(0 < item.quantity <= MAX_QUANTITY for item in items)
        assert all(item.quantity == round(item.quantity, 3) for item in items)
        assert len({item.id for item in items}) == len(items)
        assert not {item.id for item in items} & {each.id for each in self.record.suggestions}

    @invariant()
    def items_are_found_as_if_all_were_looked_at(self) -> None:
        items, kind_of = self.record.items, self.followed.locale.kind_name
        for name in ("mleko", "mąka", "chleb", "nutella", "chleb żytni", "none"):
            named = [item for item in items if fold(item.name) == name]
            assert self.record.named(name.upper()) == named
            kinds = [item for item in items if kind_of(item.name) == name]
            assert self.record.of_kind(name, kind_of) == kinds

    @invariant()
    def what_is_kept_is_bounded(self) -> None:
        assert len(self.record.log) <= MOST_LOGGED
        assert len(self.record.suggestions) <= MOST_SUGGESTIONS
        keys = [operation.key for operation in self.record.log]
        assert len(set(keys)) == len(keys)

    @invariant()
    def every_suggestion_that_can_be_undone_is_there(self) -> None:
        suggested = {each.id for each in self.record.suggestions}
        assert all(each.suggestion in {None, *suggested} for each in self.record.log)

    def teardown(self) -> None:
        """Followers have the same, and undoing all there is to undo is told to them as well."""
        self.followed.events()
        while self.record.log:
            self.followed.undo()
            self.followed.events()


class AnyIncompleteList(AnyList):
    complete = False


OFTEN = settings(
    max_examples=40,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestAnyList = AnyList.TestCase
TestAnyList.settings = OFTEN
TestAnyIncompleteList = AnyIncompleteList.TestCase
TestAnyIncompleteList.settings = OFTEN
