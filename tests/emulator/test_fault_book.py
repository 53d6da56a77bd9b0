from __future__ import annotations

from emulator.fault_book import RULES_KEPT, ConnectionFaults, FaultBook
from emulator.faults import NO_FAULTS, Faults, Next, Rule

LATE = Rule(connections="all", setup_delay=1)


def test_a_rule_is_for_all_connections_for_one_or_for_the_next_ones() -> None:
    book = FaultBook([LATE, Rule(connections=2, abort_at_setup=True)])
    book.add(Rule(connections=Next(1), setup_never=True))
    assert book.at_upgrade(1) == Faults(setup_delay=1, setup_never=True)
    assert book.at_upgrade(2) == Faults(setup_delay=1, abort_at_setup=True)
    assert book.at_upgrade(3) == Faults(setup_delay=1)


def test_rules_about_resumed_or_fresh_connections_wait_for_the_setup() -> None:
    book = FaultBook([Rule(connections=Next(1), only="resumed", not_resumable=True)])
    assert book.at_upgrade(1) == NO_FAULTS
    assert book.at_setup(1, resumed=False) == NO_FAULTS
    assert book.at_setup(2, resumed=True) == Faults(not_resumable=True)
    assert book.at_setup(3, resumed=True) == NO_FAULTS


def test_a_connection_has_the_faults_of_its_upgrade_and_of_its_setup() -> None:
    book = FaultBook([LATE, Rule(connections="all", only="fresh", setup_delay=2)])
    faults = ConnectionFaults(book, 1, book.at_upgrade(1))
    assert faults.now == Faults(setup_delay=1)
    assert faults.setup_came(resumed=False) == faults.now == Faults(setup_delay=2)


def test_the_rules_are_shown_with_how_often_they_were_met() -> None:
    book = FaultBook()
    assert [book.add(LATE), book.add(Rule(connections=Next(3), setup_never=True))] == ["f1", "f2"]
    book.at_upgrade(1)
    book.at_upgrade(2)
    assert book.views() == [
        {"id": "f1", "met": 2, "connections": "all", "setup_delay": 1},
        {"id": "f2", "met": 2, "connections": {"next": 3}, "setup_never": True},
    ]


def test_forgotten_rules_concern_nobody_and_their_ids_are_not_used_again() -> None:
    book = FaultBook([LATE])
    book.clear()
    assert book.at_upgrade(1) == NO_FAULTS
    assert book.add(LATE) == "f2"


def test_the_oldest_rules_make_room() -> None:
    book = FaultBook([LATE] * (RULES_KEPT + 1))
    assert len(book.views()) == RULES_KEPT
    assert book.views()[0]["id"] == "f2"
