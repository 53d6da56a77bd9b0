"""How one shopper's story ended; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from bench.chaos.only_redis import Flush
from bench.chaos.roamer import Roamer
from bench.recording import Item
from bench.story import Story

LATELY_S: Final = 60.0
"""Every phone is back, and told what it had missed, some 15 s before Redis is emptied, and what was
said in vain before that was said again: what was asked for first earlier than this is on the phone,
or was lost by somebody else."""


@dataclass(frozen=True)
class Ending:
    """One shopper at the end.

    Attributes:
        roamer: who.
        asked: what the emulator was asked for, and when it was first.
        flushes: how Redis was emptied.
        on_the_service: the list that the last `session` message brought, at another instance.
    """

    roamer: Roamer
    asked: Mapping[Item, float]
    flushes: Sequence[Flush]
    on_the_service: Sequence[Mapping[str, Any]]

    @cached_property
    def story(self) -> Story:
        """What was asked for and what came.

        An edit that was given up with its session may have been carried out: it was if it came.
        """
        came = self.roamer.announced("shopper")
        given_up = [
            ("add", operation["name"], operation["quantity"])
            for request in self.roamer.phone.given_up
            for operation in request.get("operations", ())
        ]
        done = [(0.0, item) for item in given_up if item in came]
        return Story(
            asked=self.asked,
            by_hand=[*self.roamer.by_hand, *done],
            undone=[],
            announced=self.roamer.announced("model"),
            carried_out=came,
        )

    @cached_property
    def gone_with_redis(self) -> list[Item]:
        """What is missing, and only Redis held it: a parked session, when Redis was emptied."""
        return [item for item in self.story.lost() if self._only_redis_held(item)]

    @property
    def lost(self) -> list[Item]:
        """What is missing though somebody else held it."""
        return [item for item in self.story.lost() if not self._only_redis_held(item)]

    @property
    def unasked(self) -> list[Item]:
        """What was typed and not given up, and Gemini never asked for."""
        return [item for item in self.roamer.typed if item not in self.asked]

    @property
    def unheard(self) -> int:
        """Sentences of a session that is there still, and that brought nothing about."""
        announced = self.roamer.announced("model")
        return sum(
            each.session == self.roamer.phone.fresh and not set(each.items) <= set(announced)
            for each in self.roamer.spoken
        )

    @property
    def fresh_without_a_cause(self) -> int:
        """Sessions that were not resumed though Redis was not emptied while they were parked."""
        return sum(
            not any(session in flush.sessions for flush in self.flushes)
            for session in self.roamer.phone.lost_sessions
        )

    def differences(self) -> list[str]:
        """Return where phone, service and what was asked for differ."""
        notebook = self.roamer.phone.notebook
        wanted: dict[str, float] = {}
        gone = set(self.story.lost())
        for _, name, amount in [*self.asked, *(item for _, item in self.story.by_hand)]:
            if ("add", name, amount) not in gone:
                wanted[name] = wanted.get(name, 0) + amount
        amounts = notebook.amounts()
        return [
            *(
                f"{name}: {wanted.get(name)} asked for, {amounts.get(name)} on the phone"
                for name in sorted(wanted.keys() | amounts.keys())
                if wanted.get(name) != amounts.get(name)
            ),
            *notebook.differences(self.on_the_service),
        ]

    def _only_redis_held(self, item: Item) -> bool:
        asked_at = self.asked.get(item)
        return asked_at is not None and any(
            0 < flush.at - asked_at < LATELY_S
            and flush.sessions.intersection(self.roamer.phone.lost_sessions)
            for flush in self.flushes
        )
