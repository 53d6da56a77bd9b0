"""Takes a client's messages apart after the setup: audio to the hearing, the rest to the talker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from emulator.audio import rate_of
from emulator.content import Blob
from emulator.events import (
    Answered,
    ContentGiven,
    ContextChanged,
    ConversationEvent,
    SpeechBegan,
    Typed,
)
from emulator.hearing import Hearing
from emulator.messages import ClientMessage, RealtimeInput
from emulator.milestones import Milestones
from emulator.record import ConnectionRecord
from emulator.setup import SessionSettings
from emulator.wire import Refused


class Intake:
    """One connection's way in."""

    def __init__(
        self,
        settings: SessionSettings,
        *,
        tell: Callable[[ConversationEvent], Awaitable[None]],
        hearing: Hearing | None,
        record: ConnectionRecord,
        milestones: Milestones,
    ) -> None:
        self._settings = settings
        self._tell = tell
        self._hearing = hearing
        self._record = record
        self._milestones = milestones

    async def take(self, message: ClientMessage) -> None:
        """Take one message, with all of its fields; raise `Refused` for what ends a connection."""
        if message.setup is not None:
            raise Refused(1007, "setup must be the first message and only the first.")
        if message.realtime_input is not None:
            await self._take_realtime(message.realtime_input)
        if message.client_content is not None:
            await self._tell(ContentGiven(message.client_content))
        if message.tool_response is not None:
            await self._tell(Answered(message.tool_response.function_responses))
        if message.context_update is not None:
            await self._tell(ContextChanged(message.context_update))

    async def _take_realtime(self, realtime: RealtimeInput) -> None:
        if realtime.audio is not None:
            await self._take_audio(realtime.audio)
        if realtime.media_chunks is not None:
            await self._take_chunks(realtime.media_chunks)
        if realtime.video is not None:
            self._record.video_frames += 1
        if realtime.text is not None:
            await self._tell(Typed(realtime.text))
        if self._hearing is not None:
            await self._take_marks(realtime, self._hearing)
        elif realtime.activity_start is not None and self._settings.detection.disabled:
            # Nobody listens, but that speech began needs no listening: it interrupts.
            await self._tell(SpeechBegan())

    async def _take_marks(self, realtime: RealtimeInput, hearing: Hearing) -> None:
        if realtime.activity_start is not None:
            await hearing.activity_started()
        if realtime.activity_end is not None:
            await hearing.activity_ended()
        if realtime.audio_stream_end:
            await hearing.paused()

    async def _take_audio(self, blob: Blob) -> None:
        rate = rate_of(blob)
        pcm = blob.data or b""
        self._record.audio.add(pcm, rate)
        self._milestones.audio_received(self._record.audio.milliseconds)
        if self._hearing is not None:
            await self._hearing.take(pcm, rate)

    async def _take_chunks(self, chunks: tuple[Blob, ...]) -> None:
        if not self._settings.profile.media_chunks:
            raise Refused(
                1007,
                "realtime_input.media_chunks is deprecated. Use audio, video, or text instead.",
            )
        for chunk in chunks:
            if (chunk.mime_type or "").startswith("image/"):
                self._record.video_frames += 1
            else:
                await self._take_audio(chunk)
