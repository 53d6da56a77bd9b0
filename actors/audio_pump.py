"""Task 3: speech and answers, from the uplink to whichever Gemini link is open.

It is the link's only writer and outlives it: while there is none, it parks and the uplink fills.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final, assert_never

from actors.link_slot import LinkSlot
from actors.mailbox import Mailbox
from actors.ports import FOR_GOOD, GeminiLink, LinkClosed, Tenure
from actors.tally import LATE_S, Histogram
from actors.uplink import UplinkMailbox
from schemas.client import BYTES_PER_MS
from schemas.gemini import AudioStreamEnd, Remark, ToolResponse, TypedText
from schemas.messages import EndOfAudio, EndOfUtterance, Event

_STOPPED_S: Final = 1.0
"""A process that has lost its sessions was stopped for longer, and sent nothing meanwhile: so
nobody looks with every chunk of speech."""
_AT_ONCE_S: Final = 1.0
"""Speech that may go out at once; what a phone saves up for a moment is not held back."""


class AudioPump:
    """Sends what the uplink holds, in its order.

    Speech that has piled up goes out `speed` times faster than it was spoken, and no faster:
    Gemini hears a stream, and what it does with many seconds at once is not known.

    Attributes:
        sent_at_once: chunks that waited for nothing.
        worst_delay_s: the longest that a chunk waited.
    """

    def __init__(  # noqa: PLR0913 - its collaborators and bounds, all but the first three by keyword
        self,
        uplink: UplinkMailbox,
        slot: LinkSlot,
        inbox: Mailbox[Event],
        *,
        speed: float,
        merge_up_to_ms: int,
        tenure: Tenure = FOR_GOOD,
        delays: Histogram | None = None,
    ) -> None:
        self.sent_at_once = 0
        self.worst_delay_s = 0.0
        self._delays = Histogram(LATE_S) if delays is None else delays
        self._waits_since: float | None = None
        """When the oldest speech came that waits."""
        self._uplink = uplink
        self._slot = slot
        self._tenure = tenure
        self._inbox = inbox
        self._seconds_per_byte = 1 / (1_000 * BYTES_PER_MS * speed)
        self._merge_up_to = merge_up_to_ms * BYTES_PER_MS
        self._head_start_s = _AT_ONCE_S / speed
        self._clock = asyncio.get_running_loop().time
        self._sending = False
        self._level_at = 0.0
        """When what was sent is as far as it may be: the generic cell rate algorithm's time."""

    def send_at_once(self, chunks: list[bytes]) -> int:
        """Send speech that has just arrived, as far as nothing has to be waited for.

        That is the way of nearly all speech: no queue, and no task that has to wake up. It is
        taken only when nothing else is on its way, so that the order stays.

        Args:
            chunks: arrived together, in their order; at least one. More than one is there when
                this process was behind, and then they share a message, up to `merge_up_to_ms`.

        Returns:
            How many of them were sent.
        """
        link = self._slot.link
        if link is None or self._sending or not self._uplink.idle:
            return 0
        now = self._clock()
        if now - self._level_at > _STOPPED_S and not self._tenure.held:
            return 0
        sent = 0
        while sent < len(chunks) and self._level_at - self._head_start_s <= now:
            pcm, end = chunks[sent], sent + 1
            if end < len(chunks):
                pcm, end = self._merged(chunks, sent)
            if not link.send_audio_now(pcm):
                break
            self._uplink.sent_at_once(pcm, now)
            self._level_at = max(self._level_at, now) + len(pcm) * self._seconds_per_byte
            sent = end
        self.sent_at_once += sent
        return sent

    def _merged(self, chunks: list[bytes], start: int) -> tuple[bytes, int]:
        """Return a message of the chunks from `start` on, and how far it goes."""
        end, size = start + 1, len(chunks[start])
        while end < len(chunks) and (size := size + len(chunks[end])) <= self._merge_up_to:
            end += 1
        return b"".join(chunks[start:end]), end

    async def run(self) -> None:
        """Run until cancelled, or until the session is no longer this process's."""
        while True:
            await self._wait_for_work()
            link = await self._slot.wait_filled()
            if not self._tenure.held:
                return
            self._sending = True
            try:
                await self._send_next(link)
            except LinkClosed:
                # The link's reader sees the same end and reports it; here it is only not used
                # again. The speech is safe: the uplink keeps it until it is confirmed.
                self._slot.empty(link)
            finally:
                self._sending = False

    async def _wait_for_work(self) -> None:
        await self._uplink.wait_filled()
        if self._waits_since is None and self._uplink.behind_ms:
            self._waits_since = self._clock()
        ahead_s = self._level_at - self._head_start_s - self._clock()
        if ahead_s > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(ahead_s):
                    await self._uplink.wait_filled(speech=False)

    async def _send_next(self, link: GeminiLink) -> None:
        now = self._clock()
        match self._uplink.take(now):
            case bytes(pcm):
                self._level_at = max(self._level_at, now) + len(pcm) * self._seconds_per_byte
                await link.send_audio(pcm)
                self._note_delay(pcm)
            case EndOfAudio():
                await link.send_control(AudioStreamEnd())
                await self._inbox.put(self._uplink.report())
            case EndOfUtterance():
                await link.send_control(AudioStreamEnd())
            case TypedText() as text:
                await link.send_control(text)
            case ToolResponse() | Remark() as notice:
                await link.send_control(notice)
                self._uplink.notice_sent()
            case None:
                pass
            case other:
                assert_never(other)

    def _note_delay(self, pcm: bytes) -> None:
        """Count how late speech was sent.

        When each chunk came is not kept. The next one came as much later as this one is long, or
        the phone had it saved up; and what waits behind it took as long to be said.
        """
        now, behind_ms = self._clock(), self._uplink.behind_ms
        since = now if self._waits_since is None else self._waits_since
        delay_s = max(now - since, behind_ms / 1_000)
        self._delays.observe(delay_s)
        self.worst_delay_s = max(self.worst_delay_s, delay_s)
        said_s = len(pcm) / (1_000 * BYTES_PER_MS)
        self._waits_since = min(now, since + said_s) if behind_ms else None
