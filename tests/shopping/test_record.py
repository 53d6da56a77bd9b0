from __future__ import annotations

from schemas.shopping_list import Item, Step
from shopping.changing import product_of
from shopping.record import MOST_LOGGED, Cause, Record
from tests.shopping.followed_list import FollowedList


def item(item_id: str, quantity: float = 1) -> Item:
    return Item(item_id, "mleko", quantity, "l", "Nabiał")


def cause(key: str) -> Cause:
    return Cause(key=key, group=1, by="model", unix=0)


def tell(record: Record, key: str) -> None:
    record.tell("detected", product_of(item("i1"), "add", 0), cause(key), item=item("i1"))


def again(*steps: Step | None) -> Record:
    record = Record()
    for step in steps:
        assert step is not None
        record.apply(step)
    return record


def test_nothing_changed_makes_no_step() -> None:
    record = Record()
    assert record.take_step() is None
    record.put("i1", item("i1"))
    assert record.take_step() == Step(items=(("i1", item("i1")),))
    assert record.take_step() is None


def test_an_item_that_changes_stays_in_its_place() -> None:
    record = Record()
    for changed in (item("i1"), item("i2"), item("i1", 5)):
        record.put(changed.id, changed)
    assert record.items == (item("i1", 5), item("i2"))


def test_an_item_that_went_and_came_back_in_one_step_stands_at_the_end_in_the_copy_too() -> None:
    record = Record()
    for each in ("i1", "i2"):
        record.put(each, item(each))
    first = record.take_step()
    record.put("i1", None)
    record.put("i1", item("i1", 7))
    second = record.take_step()
    assert record.items == (item("i2"), item("i1", 7))
    assert again(first, second).items == record.items


def test_the_log_forgets_the_oldest_and_the_copys_does_too() -> None:
    record = Record()
    for number in range(MOST_LOGGED + 2):
        record.note(cause(f"k{number}"), "add", 1)
    first = record.take_step()
    keys = [operation.key for operation in record.log]
    assert (len(keys), keys[0], keys[-1]) == (MOST_LOGGED, "k2", f"k{MOST_LOGGED + 1}")
    record.note(cause("new"), "add", 1)
    record.forget(record.log[-1])
    second = record.take_step()
    assert len(record.log) == MOST_LOGGED - 1
    assert again(first, second).log == record.log


def test_an_entry_that_is_noted_again_keeps_its_place_in_the_log() -> None:
    record = Record()
    record.note(cause("a"), "add", 1)
    record.note(cause("b"), "add", 1)
    first = record.take_step()
    record.note_again(record.log[0])
    assert [operation.key for operation in record.log] == ["a", "b"]
    assert again(first, record.take_step()).log == record.log


def test_an_entry_noted_again_and_then_forgotten_is_gone_from_the_copy_too() -> None:
    record = Record()
    record.note(cause("a"), "add", 1)
    first = record.take_step()
    record.note_again(record.log[0])
    record.forget(record.log[0])
    assert again(first, record.take_step()).log == record.log == ()


def test_events_of_one_cause_have_keys_of_their_own_and_the_first_has_the_causes() -> None:
    record, same = Record(), Record()
    for each in (record, same):
        for key in ("k", "k", "other", "k"):
            tell(each, key)
    step, other_step = record.take_step(), same.take_step()
    assert step is not None
    keys = [event.key for event in step.events]
    assert keys[0] == "k"
    assert keys[2] == "other"
    assert len(set(keys)) == 4
    assert step == other_step


def test_going_back_leaves_what_was_done_before_the_mark_and_was_not_taken() -> None:
    record = Record()
    record.put("i1", item("i1"))
    record.note(cause("a"), "add", 1)
    tell(record, "a")
    mark = record.mark()
    record.put("i1", None)
    record.put("i2", item("i2"))
    record.forget(record.log[0])
    record.note(cause("b"), "add", 1)
    tell(record, "b")
    record.go_back(mark)
    step = record.take_step()
    assert step is not None
    assert step.items == (("i1", item("i1")),)
    assert [event.key for event in step.events] == ["a"]
    assert [operation.key for operation in step.operations] == ["a"]
    assert step.undone == ()
    assert (record.items, record.seq) == ((item("i1"),), 1)
    assert again(step).log == record.log


def test_a_record_that_is_restored_goes_on_where_the_other_was() -> None:
    followed = FollowedList()
    followed.say("mleko", quantity=2)
    followed.suggest("gin")
    record, copy = followed.list.record, Record()
    copy.restore(record.items, record.suggestions, record.log, seq=record.seq)
    assert copy.take_step() is None
    assert (copy.items, copy.suggestions) == (record.items, record.suggestions)
    assert (copy.log, copy.seq) == (record.log, record.seq)


def test_every_event_of_one_cause_has_a_key_of_its_own_and_always_the_same() -> None:
    record, other = Record(), Record()
    for each in (record, other):
        for key in ("k1", "k2", "k1", "k1"):
            tell(each, key)
    step = record.take_step()
    assert step is not None
    keys = [event.key for event in step.events]
    assert keys[:2] == ["k1", "k2"]
    assert len(set(keys)) == len(keys)
    assert other.take_step() == step
    tell(record, "k1")
    later = record.take_step()
    assert later is not None
    assert later.events[0].key == "k1"
