from __future__ import annotations

from schemas.shopping_list import Item
from shopping.name_index import NameIndex


class Shelf:
    """Items in order, with an index of the first letters of their names; none of digits."""

    def __init__(self, *names: str) -> None:
        self.items: dict[str, Item] = {}
        self.index = NameIndex(lambda name: name[0] if name[0].isalpha() else None)
        for name in names:
            self.put(name, name)

    def put(self, item_id: str, name: str | None) -> None:
        before = self.items.get(item_id)
        after = None if name is None else Item(item_id, name, 1, "szt", "Inne")
        if after is None:
            self.items.pop(item_id, None)
        else:
            self.items[item_id] = after
        self.index.note(before, after)

    def names(self, letter: str) -> list[str]:
        return [item.name for item in self.index.find(letter, self.items)]


def test_items_are_found_in_the_lists_order() -> None:
    shelf = Shelf("milk", "bread", "mustard")
    assert shelf.names("m") == ["milk", "mustard"]
    assert shelf.names("c") == []


def test_what_comes_and_goes_after_the_first_search_is_known() -> None:
    shelf = Shelf("milk", "bread")
    assert shelf.names("m") == ["milk"]
    shelf.put("mustard", "mustard")
    shelf.put("milk", None)
    assert shelf.names("m") == ["mustard"]
    shelf.put("mustard", None)
    assert shelf.names("m") == []


def test_what_was_never_there_changes_nothing_when_it_goes() -> None:
    shelf = Shelf("milk")
    assert shelf.names("m") == ["milk"]
    shelf.put("bread", None)
    assert shelf.names("m") == ["milk"]


def test_an_item_that_is_renamed_stays_in_its_place() -> None:
    shelf = Shelf("bread", "milk")
    assert shelf.names("m") == ["milk"]
    shelf.put("bread", "mustard")
    assert shelf.names("m") == ["mustard", "milk"]


def test_names_that_nobody_looks_for_are_passed_over() -> None:
    shelf = Shelf("7up", "milk")
    assert shelf.names("m") == ["milk"]
    shelf.put("7up", None)
    assert shelf.names("m") == ["milk"]


def test_an_item_that_is_renamed_is_found_again_under_its_first_name() -> None:
    shelf = Shelf("bread", "milk", "butter")
    assert shelf.names("b") == ["bread", "butter"]
    shelf.put("bread", "mustard")
    assert shelf.names("b") == ["butter"]
    shelf.put("bread", "bread")
    assert shelf.names("b") == ["bread", "butter"]
    assert shelf.names("m") == ["milk"]


def test_items_may_have_gone_before_anybody_looks_for_their_new_names() -> None:
    shelf = Shelf("bread", "milk")
    assert shelf.names("b") == ["bread"]
    shelf.put("bread", "sugar")
    shelf.put("bread", "7up")
    shelf.put("milk", "sugar")
    assert shelf.names("s") == ["sugar"]
    assert shelf.names("b") == []
