"""One client connection: the tasks that serve it, and what is done to it from outside."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import assert_never

from emulator import wire
from emulator.actions import Action
from emulator.client_socket import ClientGone, ClientSocket, Cut, Ending
from emulator.conversation import Conversation
from emulator.credentials import Credential
from emulator.distortion import distort
from emulator.events import Answered, ConversationEvent, Heard, Tick, Typed
from emulator.faculties import Faculties
from emulator.fault_book import ConnectionFaults
from emulator.faults import Faults
from emulator.hearing import Hearing
from emulator.intake import Intake
from emulator.messages import check_one_field
from emulator.milestones import Milestones
from emulator.opening import PARSER, Opened, open_session
from emulator.protojson import InvalidPayload
from emulator.record import ConnectionRecord
from emulator.script import Step
from emulator.setup import Endpoint
from emulator.steering import DEADLINE_EXPIRED, Steering
from emulator.wire import Closing, Refused

INBOX_LENGTH = 256
"""Events that may wait for the talker; the reader of the connection waits beyond that."""


class Connection:
    """Serves one WebSocket from its first frame to its end."""

    def __init__(  # noqa: PLR0913  # its collaborators, all but the first by keyword
        self,
        client: ClientSocket,
        *,
        endpoint: Endpoint,
        faculties: Faculties,
        record: ConnectionRecord,
        milestones: Milestones,
        faults: ConnectionFaults,
    ) -> None:
        self._client = client
        self._faults = faults
        self._endpoint = endpoint
        self._faculties = faculties
        self._milestones = milestones
        self._inbox: asyncio.Queue[ConversationEvent] = asyncio.Queue(INBOX_LENGTH)
        self._over: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        self._steering = Steering(client, end=self.end, tell=self._inbox.put, record=record)
        self.record = record

    async def run(self, credential: Credential) -> None:
        """Serve the connection until either side ends it."""
        self._delay_pongs(self._faults.now)
        try:
            async with asyncio.TaskGroup() as group:
                session = group.create_task(
                    self._guard(self._open_and_serve(credential)), name=f"{self.record.id}-session"
                )
                pongs = group.create_task(
                    self._guard(self._client.pongs.run()), name=f"{self.record.id}-pongs"
                )
                ending = await self._over
                session.cancel()
                pongs.cancel()
            # It may have become half-open after it was told to end.
            await self._finish(Cut.HALF_OPEN if self._client.is_half_open else ending)
        finally:
            self._steering.forget_deadline()
            self._client.forget_stall()
            # When nobody said otherwise, the client's connection just broke.
            self.record.ended(by="client", closing=None)

    async def _finish(self, ending: Ending) -> None:
        match ending:
            case Closing():
                await self._client.close(ending)
            case Cut.HALF_OPEN:
                try:
                    await self._client.stay_half_open(self._faculties.behaviour.half_open_lasts_s)
                finally:
                    self._leave_session()
            case Cut.GONE:
                pass
            case _:
                assert_never(ending)

    def _leave_session(self) -> None:
        if self.record.session_id is not None:
            self._faculties.handles.session_ended(self.record.session_id)

    async def _open_and_serve(self, credential: Credential) -> None:
        try:
            await self._open_then_serve(credential)
        finally:
            # To the service, a half-open connection is open: nobody else can have its session.
            if not self._client.is_half_open:
                self._leave_session()

    async def _open_then_serve(self, credential: Credential) -> None:
        opened = await open_session(
            self._client,
            credential,
            endpoint=self._endpoint,
            faculties=self._faculties,
            record=self.record,
            faults=self._faults,
        )
        if opened is None:
            self.end(Cut.GONE)
        else:
            self._delay_pongs(opened.faults)
            await self._serve(opened)

    def _delay_pongs(self, faults: Faults) -> None:
        if faults.pong_delay is not None:
            self._client.pongs.delay(faults.pong_delay)

    def end(self, ending: Ending) -> None:
        """End the connection; the first ending counts."""
        if not self._over.done():
            self._over.set_result(ending)

    def shut_down(self, closing: Closing) -> None:
        """End the connection, were it half-open."""
        self.end(closing)
        self._client.let_go()

    def abort(self) -> None:
        """Break the connection off without a close frame, even while it is being closed."""
        self._client.abort()
        self.end(Cut.GONE)

    async def act(self, action: Action) -> None:
        """Do what the control endpoint or a script asks; raise `ClientGone` if it cannot be."""
        await self._steering.act(action)

    async def _serve(self, opened: Opened) -> None:
        """Run the session's tasks until cancelled."""
        conversation = opened.conversation
        if opened.is_poisoned:
            self._steering.generates = False
        hearing = self._hearing(opened)
        intake = Intake(
            opened.settings,
            tell=self._inbox.put,
            hearing=hearing,
            record=self.record,
            milestones=self._milestones,
        )
        work = {
            "reader": self._read(intake),
            "talker": self._talk(conversation),
            "age": self._grow_old(),
        }
        if hearing is not None:
            work["hearing"] = hearing.run()
        for at, steps in enumerate(self._faculties.script.steps_for(self.record.number)):
            work[f"script-{at}"] = self._follow(steps)
        async with asyncio.TaskGroup() as group:
            for name, job in work.items():
                group.create_task(self._guard(job), name=f"{self.record.id}-{name}")

    def _hearing(self, opened: Opened) -> Hearing | None:
        ears = self._faculties.ears
        if ears is None:
            return None
        return Hearing(
            self._faculties.segmenter(opened.settings.detection),
            ears,
            language=opened.conversation.memory.language,
            tell=self._inbox.put,
            record=self.record,
        )

    async def _guard(self, job: Coroutine[None, None, None]) -> None:
        """Run a task's work; what the client did wrong there ends the connection."""
        try:
            await job
        except (Refused, InvalidPayload, ClientGone) as exc:
            self.end(_ending_for(exc))

    async def _read(self, intake: Intake) -> None:
        while (frame := await self._client.receive()) is not None:
            await intake.take(check_one_field(PARSER.parse(frame)))
        self.end(Cut.GONE)

    async def _talk(self, conversation: Conversation) -> None:
        loop = asyncio.get_running_loop()
        while True:
            event = await self._next_event(conversation.next_due())
            if isinstance(event, Heard | Typed):
                await asyncio.sleep(self.record.turns * (self._faults.now.slower_by or 0.0))
            if isinstance(event, Answered):
                known = frozenset(call.id for call in conversation.memory.pending)
                self.record.answered(event.responses, known=known)
            conversation.generates = self._steering.generates
            messages = conversation.handle(event, loop.time())
            for message in distort(messages, self._faults.now):
                await self._steering.until_speaking()
                await self._client.send(message)
            self.record.dropped = conversation.dropped
            self.record.history = conversation.memory.history

    async def _next_event(self, due: float | None) -> ConversationEvent:
        try:
            async with asyncio.timeout_at(due):
                return await self._inbox.get()
        except TimeoutError:
            return Tick()

    async def _grow_old(self) -> None:
        behaviour, faults = self._faculties.behaviour, self._faults.now
        age = behaviour.go_away_after_s if faults.go_away_after is None else faults.go_away_after
        notice = behaviour.notice_s if faults.notice is None else faults.notice
        if age is None:
            return
        await asyncio.sleep(age)
        await self._client.send(wire.go_away(f"{notice:g}s"))
        await asyncio.sleep(notice)
        self.end(DEADLINE_EXPIRED)

    async def _follow(self, steps: list[Step]) -> None:
        for step in steps:
            if step.after_ms is not None:
                await asyncio.sleep(step.after_ms / 1000)
            elif step.after_audio_ms is not None:
                await self._milestones.until_audio(step.after_audio_ms)
            elif step.on == "turn":
                await self._milestones.next_turn()
            await self.act(step.do)


def _ending_for(exc: Refused | InvalidPayload | ClientGone) -> Ending:
    match exc:
        case Refused(closing=closing):
            return closing
        case InvalidPayload():
            return Closing(1007, str(exc))
        case ClientGone():
            return Cut.GONE
