from __future__ import annotations

import pytest

from schemas.client import AddItem, RemoveItem, UpdateItem
from shopping import remark_on
from tests.shopping.followed_list import FollowedList


@pytest.mark.parametrize(
    ("language", "remark", "changes"),
    [
        (
            "pl",
            "[Osoba zmieniła listę ręcznie: %s.]",
            ['dodano "gin" (2 l)', 'zmieniono "gin" na 3.5 l', 'usunięto "gin"'],
        ),
        (
            "en",
            "[The shopper changed the list by hand: %s.]",
            ['added "gin" (2 l)', 'changed "gin" to 3.5 l', 'removed "gin"'],
        ),
    ],
)
def test_a_remark_says_in_the_shoppers_language_what_was_done(
    language: str, remark: str, changes: list[str]
) -> None:
    followed = FollowedList(language=language)
    followed.edit(
        AddItem(name="gin", quantity=2, unit="l", id="a1"),
        UpdateItem(id="a1", quantity=3.5),
        RemoveItem(id="a1"),
    )
    assert remark_on(followed.events(), followed.locale) == remark % ", ".join(changes)


def test_a_suggestion_that_was_rejected_is_declined_and_a_confirmed_one_is_added() -> None:
    followed = FollowedList(language="en")
    rejected, confirmed = followed.suggest("gin"), followed.suggest("rum")
    followed.events()
    followed.reject(rejected)
    followed.confirm(confirmed)
    assert remark_on(followed.events(), followed.locale) == (
        '[The shopper changed the list by hand: declined "gin", added "rum" (1 pcs).]'
    )


def test_what_was_undone_is_removed() -> None:
    followed = FollowedList(language="en")
    followed.say("gin")
    followed.events()
    followed.undo()
    assert remark_on(followed.events(), followed.locale) == (
        '[The shopper changed the list by hand: removed "gin".]'
    )


def test_a_name_can_neither_end_its_quotes_nor_write_a_line_nor_take_another_fields_place() -> None:
    followed = FollowedList(language="en")
    followed.edit(AddItem(name='a "b"\n{quantity} {changes}', quantity=2, unit="{name}"))
    assert remark_on(followed.events(), followed.locale) == (
        """[The shopper changed the list by hand: added "a 'b' {quantity} {changes}" (2 {name}).]"""
    )
