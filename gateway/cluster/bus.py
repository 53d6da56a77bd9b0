"""Requests and replies between instances. Nobody waits for longer than was agreed on.

A request may arrive twice, or not at all; what is asked for has to allow for both.
"""

from __future__ import annotations

import asyncio
import enum
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeAlias, assert_never

from actors.ports import Observer, StoreUnavailable
from schemas.cluster import Answer, Ask, ClusterMessageInvalid, Reply, Request, decode, encode

_MOST_AT_ONCE: Final = 1_024
"""Requests that are dealt with at the same time; more are passed over, and whoever asks finds out
as if this instance did not answer."""


class Silence(enum.Enum):
    """Why there is no reply."""

    NOBODY = "nobody"
    """Nobody listens under that name: the instance has gone."""
    TOO_LATE = "too late"
    """The request was received, but there was no reply in time; or it is not known whether."""


Outcome: TypeAlias = Reply | Silence


class Post(Protocol):
    """Carries messages to instances; `gateway.cluster.post.RedisPost`."""

    async def send(self, instances: Sequence[str], message: bytes) -> Sequence[int]:
        """Send a message to each; return how many got it under each name.

        Raises:
            StoreUnavailable: there is no telling whether it was sent.
        """


Reception: TypeAlias = Callable[[Request], Awaitable[Reply | None]]
"""Deals with a request in a bounded time; ``None``: no reply is wanted."""


class _Question:
    """A request that waits for replies."""

    __slots__ = ("_missing", "complete", "outcomes")

    def __init__(self, instances: Sequence[str]) -> None:
        self.outcomes: dict[str, Outcome] = dict.fromkeys(instances, Silence.TOO_LATE)
        self.complete = asyncio.Event()
        self._missing = set(instances)

    def settle(self, instance: str, outcome: Outcome) -> None:
        """Note what became of it at one instance; what comes second is ignored."""
        if instance in self._missing:
            self._missing.remove(instance)
            self.outcomes[instance] = outcome
        if not self._missing:
            self.complete.set()


class Bus:
    """One instance's end: what it asks others, and what others ask it."""

    def __init__(
        self, instance: str, *, post: Post, reception: Reception, observer: Observer
    ) -> None:
        """Connect it.

        Args:
            instance: its name.
            post: carries messages.
            reception: deals with requests.
            observer: is told what goes wrong.
        """
        self._instance = instance
        self._post = post
        self._reception = reception
        self._observer = observer
        self._questions: dict[str, _Question] = {}
        self._group: asyncio.TaskGroup | None = None
        self._dealing = 0

    async def ask(self, instance: str, request: Request, *, within_s: float) -> Outcome:
        """Return the reply of one instance, or why there is none.

        Raises:
            StoreUnavailable: Redis is away.
        """
        return (await self.ask_all((instance,), request, within_s=within_s))[instance]

    async def ask_all(
        self, instances: Sequence[str], request: Request, *, within_s: float
    ) -> dict[str, Outcome]:
        """Return the replies of instances, or why there is none, once all are there.

        Args:
            instances: their names.
            request: what is asked.
            within_s: after so many seconds, those that are there.

        Raises:
            StoreUnavailable: Redis is away.
        """
        question = _Question(instances)
        if not instances:
            return question.outcomes
        number = uuid.uuid4().hex
        self._questions[number] = question
        try:
            async with asyncio.timeout(within_s):
                message = encode(Ask(number, self._instance, request))
                receivers = await self._post.send(instances, message)
                for instance, count in zip(instances, receivers, strict=True):
                    if not count:
                        question.settle(instance, Silence.NOBODY)
                await question.complete.wait()
        except TimeoutError:
            pass
        finally:
            del self._questions[number]
        return question.outcomes

    async def tell(self, instance: str, request: Request) -> bool:
        """Ask for what has no reply; return whether anybody was there.

        Raises:
            StoreUnavailable: Redis is away.
        """
        message = encode(Ask(uuid.uuid4().hex, self._instance, request))
        return bool((await self._post.send((instance,), message))[0])

    def take(self, message: bytes) -> None:
        """Deal with a message from another instance; never waits, never raises."""
        try:
            decoded = decode(message)
        except ClusterMessageInvalid as exc:
            self._observer.warn("cluster_message_invalid", problem=str(exc))
            return
        match decoded:
            case Answer(number, sender, reply):
                question = self._questions.get(number)
                if question is not None:
                    question.settle(sender, reply)
            case Ask():
                self._receive(decoded)
            case other:
                assert_never(other)

    async def run(self) -> None:
        """Deal with what others ask, until cancelled."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                await asyncio.Event().wait()
            finally:
                self._group = None

    def _receive(self, ask: Ask) -> None:
        if self._group is None or self._dealing >= _MOST_AT_ONCE:
            self._observer.warn("cluster_request_passed_over", sender=ask.sender)
            return
        self._dealing += 1
        task = self._group.create_task(self._reply(ask), name="cluster-request")
        task.add_done_callback(self._dealt_with)

    def _dealt_with(self, _: asyncio.Task[None]) -> None:
        self._dealing -= 1

    async def _reply(self, ask: Ask) -> None:
        try:
            reply = await self._reception(ask.request)
            if reply is not None:
                await self._post.send((ask.sender,), encode(Answer(ask.id, self._instance, reply)))
        except StoreUnavailable:
            pass  # whoever asked waits no longer than it wanted to
        except Exception as exc:  # noqa: BLE001 - a bug in one request must not end the others
            self._observer.fail("cluster_request_broke", exc)
