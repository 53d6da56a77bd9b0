"""Speech and text on their way to Gemini, and what a lost link may not have heard.

A link that dies takes nothing with it: what it was sent and has not acted on is kept
(`actors.unconfirmed`) and goes out again on the next one.

When the bound is passed, the oldest goes: first what was sent already, then what still waits, and
only the latter is a loss. Typed sentences keep their place among the speech and are never dropped.
Notices (answers to function calls, and what the model is to know) overtake both. Answers are never
dropped while there may be somebody to take them; of what the model is to know, the newest is kept.

Chunks that wait behind each other are joined when they are taken: what has to wait anyway goes out
in fewer, longer messages. One that waits alone is not held back for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TypeAlias, TypeGuard, assert_never

from actors.gate import Gate
from actors.loudness import holds_speech, levels_of, without_long_silence
from actors.notices import Doubtful, drop_oldest_remark
from actors.signal import Signal
from actors.unconfirmed import Unconfirmed
from actors.unheard import Unheard, utterances_of
from schemas.admin import QueueView
from schemas.client import BYTES_PER_MS
from schemas.gemini import Remark, ToolResponse, TypedText
from schemas.messages import EndOfAudio, EndOfUtterance, Notice, SpeechReport, Uplink
from schemas.stored import StoredUplink

Waiting: TypeAlias = bytes | EndOfUtterance | EndOfAudio | TypedText

MOST_TEXTS = 50
"""Typed sentences that may wait; a phone that types on is told to wait itself."""
_PAUSE = bytes(600 * BYTES_PER_MS)
"""Stands for the closed microphone where utterances are told apart: longer than what ends one."""

_REPLAY_CHUNK = 100 * BYTES_PER_MS


@dataclass(frozen=True, slots=True)
class _Sent:
    """A typed sentence that was sent, at which monotonic second, and after how much sound."""

    at: float
    after: int
    text: TypedText


class UplinkMailbox:
    """The client reader puts speech in, the audio pump takes it out.

    Attributes:
        gate: what happens to speech that arrives.
        sent: speech that was sent and not acted on.
    """

    __slots__ = (
        "_again_texts",
        "_again_until",
        "_bound",
        "_doubtful",
        "_dropped_bytes",
        "_filled",
        "_longest_merged",
        "_notices",
        "_peak_bytes",
        "_sent_texts",
        "_speaking",
        "_texts",
        "_total_bytes",
        "_untold_bytes",
        "_waiting",
        "_waiting_bytes",
        "gate",
        "sent",
    )

    def __init__(
        self, bound_ms: int, ignored_after_s: float = 8.0, *, merge_up_to_ms: int = 200
    ) -> None:
        """Begin empty.

        Args:
            bound_ms: milliseconds of speech that are kept, sent or not.
            ignored_after_s: how long Gemini, with nothing else to do, may leave an utterance
                unanswered.
            merge_up_to_ms: milliseconds of speech that chunks are joined to when they wait behind
                each other; 0 for never.
        """
        self.gate = Gate.KNOCK
        self.sent = Unconfirmed(ignored_after_s)
        self._bound = bound_ms * BYTES_PER_MS
        self._longest_merged = merge_up_to_ms * BYTES_PER_MS
        # Lists: all three are nearly always empty, and a deque takes 0.7 KiB even then.
        self._notices: list[Notice] = []
        self._doubtful = Doubtful()
        self._waiting: list[Waiting] = []
        self._sent_texts: list[_Sent] = []
        """Those that Gemini has not answered."""
        self._texts = 0
        self._again_until = 0
        """What `sent.added` is once this link was sent all that an older one had been."""
        self._again_texts = 0
        """So many of the oldest typed sentences are said again, and not answered."""
        self._speaking = False
        """Something was said since the microphone was closed last."""
        self._waiting_bytes = 0
        self._total_bytes = 0
        self._dropped_bytes = 0
        self._untold_bytes = 0
        self._peak_bytes = 0
        self._filled = Signal()

    # The client reader's side.

    def put(self, pcm: bytes) -> bool:
        """Add speech; return whether older speech, not sent yet, had to go for it."""
        self._waiting.append(pcm)
        self._waiting_bytes += len(pcm)
        self._speaking = True
        self._total_bytes += len(pcm)
        self._filled.set()
        return self._keep_bound()

    def take_loss(self, at_least_ms: int = 1) -> int:
        """Return the milliseconds lost that nobody was told of; 0 if they are fewer.

        Those that are returned count as told.
        """
        lost_ms = self._untold_bytes // BYTES_PER_MS
        if lost_ms < at_least_ms:
            return 0
        self._untold_bytes -= lost_ms * BYTES_PER_MS
        return lost_ms

    # The supervisor's side.

    def put_pause(self) -> None:
        """Say that the microphone is closed for now, after all speech that was put in.

        Without speech since the last time it says nothing new, and is not kept: a phone could
        send any number.
        """
        if self._speaking:
            self._speaking = False
            self._waiting.append(EndOfUtterance())
            self._filled.set()

    def put_text(self, text: TypedText) -> None:
        """Add a typed sentence, after all speech that was put in."""
        self._waiting.append(text)
        self._texts += 1
        self._filled.set()

    @property
    def full_of_text(self) -> bool:
        """Whether as many typed sentences wait for Gemini as may."""
        return self._texts >= MOST_TEXTS

    def text_answered(self, began_at: float, sent_after: float | None = None) -> bool:
        """Forget the oldest typed sentence that was sent before `began_at`; return if there is one.

        Args:
            began_at: when Gemini began to answer, in monotonic seconds.
            sent_after: the answer is about no sentence that was sent before.
        """
        if not self._sent_texts or self._sent_texts[0].at > began_at:
            return False
        if sent_after is not None and self._sent_texts[0].at <= sent_after:
            return False
        del self._sent_texts[0]
        self._texts -= 1
        self._again_texts -= bool(self._again_texts)
        return True

    @property
    def asks(self) -> bool:
        """Whether a typed sentence was sent that is not answered."""
        return bool(self._sent_texts)

    def says_again(self, *, began_at: float, idle_since: float) -> bool:
        """Return whether Gemini may be answering what was said before, and is said again.

        It is not once a turn about speech was over after all of that was sent, the rest was
        answered or passed over as well, and something else was sent.

        Args:
            began_at: when it began to answer, in monotonic seconds.
            idle_since: since when it had nothing else to do before.
        """
        sent, until = self.sent, self._again_until
        if self._again_texts or sent.confirmed < until:
            return True
        if sent.may_answer(until, began_at=began_at, idle_since=idle_since):
            return True
        return not (self._sent_texts or sent.may_hold_speech_after(until))

    def put_end(self) -> None:
        """Say that the microphone is closed, after all speech that was put in.

        Speech that is put in later belongs to what is said next: it is not taken before `clear`.
        """
        self._waiting.append(EndOfAudio())
        self._filled.set()

    def put_notice(self, notice: Notice) -> None:
        """Add something that goes out before any speech; of remarks, only the newest are kept."""
        self._notices.append(notice)
        drop_oldest_remark(self._notices)
        self._filled.set()

    def notice_sent(self) -> None:
        """The notice that was taken last has been handed to the link."""
        self._doubtful.handed_over()

    def settle_answers(self) -> None:
        """Gemini has gone on: answers that the link was handed by now have arrived."""
        self._doubtful.settle()

    def rewind(self, *, resuming: bool) -> tuple[float | None, int]:
        """Put what was sent and not confirmed back in front, in its order: the link is lost.

        Notices that may not have arrived go out again too if the next link resumes the session:
        a call without its answer would hold it up (pydantic-ai, livekit/agents#6569). A fresh
        session has asked nothing, and is told what the list holds.

        Returns:
            Since when, in monotonic seconds, Gemini may have answered something of it, `None` if
            nothing had been sent whole; and how many utterances are said on the next link, those
            that waited included.
        """
        self._notices[:0] = self._doubtful.take_all()
        if not resuming:
            self._notices.clear()
        while drop_oldest_remark(self._notices) is not None:
            pass
        if self.sent.closed:
            self._waiting.insert(0, EndOfAudio())
        since, utterances = self.sent.held()
        texts = list(self._sent_texts)
        self._sent_texts.clear()
        first, *others = self.sent.take_all([text.after for text in texts])
        size = max(0, self._again_until - self.sent.added)
        self._again_texts = max(self._again_texts, len(texts))
        again: list[Waiting] = [*_chunks(first)]
        for text, speech in zip(texts, others, strict=True):
            again += [text.text, *_chunks(speech)]
        size += _size(again)
        self._again_until = self.sent.added + size if size else 0
        self._put_in_front(again)
        times = [at for at in (since, *(text.at for text in texts)) if at is not None]
        return min(times, default=None), max(utterances + len(texts), utterances_of(self._waiting))

    def go_on(self, stored: StoredUplink, *, audio_ms: int, resuming: bool) -> None:
        """Put what another connection left in front of what came on this one.

        Args:
            stored: what it left.
            audio_ms: how much came on it, and on those before it.
            resuming: the next link goes on with the Gemini session that notices are for.
        """
        again: list[Waiting] = []
        for said in stored.said:
            match said:
                case bytes():
                    again += _chunks(said)
                case (text, _):
                    again.append(TypedText(text))
                case None:
                    again.append(EndOfUtterance())
                case other:
                    assert_never(other)
        self._speaking = self._speaking or any(map(_is_speech, again))
        self._total_bytes += audio_ms * BYTES_PER_MS
        self._untold_bytes += stored.untold_ms * BYTES_PER_MS
        size = _size(again)
        self._again_until = self.sent.added + size if size else 0
        self._again_texts = sum(isinstance(each, TypedText) for each in again)
        self._texts += self._again_texts
        if resuming:
            self._notices.extend([*stored.answers, *map(Remark, stored.remarks)])
        self._put_in_front(again)

    def _put_in_front(self, again: list[Waiting]) -> None:
        self._waiting[:0] = again
        self._waiting_bytes += sum(map(len, filter(_is_speech, again)))
        self._keep_bound()
        if self._waiting or self._notices:
            self._filled.set()

    def take_all(self) -> Unheard:
        """Remove and return what waits, once the link is lost and it was rewound."""
        speech = b"".join(filter(_is_speech, self._waiting))
        # However short it is, it may be how a sentence begins.
        worth_saying = bool(without_long_silence(speech))
        said = tuple(
            each
            for each in self._waiting
            if isinstance(each, TypedText)
            or (worth_saying and isinstance(each, bytes | EndOfUtterance))
        )
        answers = tuple(each for each in self._notices if isinstance(each, ToolResponse))
        remarks = tuple(each.text for each in self._notices if isinstance(each, Remark))
        self.clear(later_too=True)
        return Unheard(said, answers, remarks, self.take_loss())

    def clear(self, *, later_too: bool = False) -> None:
        """Forget everything up to the end of audio, and if `later_too` what was put in after it."""
        self._notices.clear()
        self._doubtful.take_all()
        self.sent.clear()
        self._sent_texts.clear()
        self._again_until = self._again_texts = 0
        if later_too:
            self._waiting.clear()
            self._waiting_bytes = 0
        elif EndOfAudio() in self._waiting:
            end = self._waiting.index(EndOfAudio())
            self._waiting_bytes -= sum(map(len, filter(_is_speech, self._waiting[:end])))
            del self._waiting[: end + 1]
        self._texts = sum(isinstance(each, TypedText) for each in self._waiting)
        if self._waiting:
            self._filled.set()

    @property
    def audio_ms(self) -> int:
        """Milliseconds of speech that came in, in all."""
        return self._total_bytes // BYTES_PER_MS

    @property
    def sent_ms(self) -> int:
        """Milliseconds of sound that links were sent, what was sent again counted again."""
        return self.sent.added // BYTES_PER_MS

    def report(self) -> SpeechReport:
        """Return what Gemini has not answered of what came before the end of audio."""
        before = [] if self.sent.closed else list(takewhile(_goes_on, self._waiting))
        unsent = b"".join(filter(_is_speech, before))
        unsent_ms = len(unsent) // BYTES_PER_MS if holds_speech(levels_of(unsent)) else 0
        texts = bool(self._sent_texts) or any(isinstance(each, TypedText) for each in before)
        since = self.sent.unanswered_since()
        speech = since is not None or self.sent.holds_speech()
        if since is None and unsent_ms:
            # Gemini takes nothing: the pump waits in the middle of a sentence.
            since = self.sent.last_sent_at
        if self._sent_texts:
            typed_at = self._sent_texts[0].at
            since = typed_at if since is None else min(since, typed_at)
        return SpeechReport(
            unheard=speech or texts or unsent_ms > 0,
            unsent_ms=unsent_ms,
            unanswered_since=since,
            last_sent_at=self.sent.last_sent_at,
        )

    def view(self) -> QueueView:
        """Return how full it is and was, in milliseconds of unsent speech."""
        return QueueView(
            unit="ms",
            bound=self._bound // BYTES_PER_MS,
            depth=self._waiting_bytes // BYTES_PER_MS,
            peak=self._peak_bytes // BYTES_PER_MS,
            dropped=self._dropped_bytes // BYTES_PER_MS,
        )

    # The audio pump's side.

    @property
    def idle(self) -> bool:
        """Whether nothing waits, and nobody has to be told of a loss."""
        return not (self._waiting or self._notices or self._untold_bytes or self.sent.closed)

    def sent_at_once(self, pcm: bytes, now: float) -> None:
        """Note speech that was sent as it came, at `now` in monotonic seconds."""
        self._speaking = True
        self._total_bytes += len(pcm)
        size = self.sent.add(pcm, now)
        while size > self._bound:
            self.sent.drop_oldest()
            size = self.sent.size

    @property
    def behind_ms(self) -> int:
        """Milliseconds of speech that wait."""
        return self._waiting_bytes // BYTES_PER_MS

    async def wait_filled(self, *, speech: bool = True) -> None:
        """Return as soon as there is something to take; without `speech`, only for a notice."""
        while not self._notices and (not speech or self.sent.closed or not self._waiting):
            self._filled.clear()
            await self._filled.wait()

    def take(self, now: float) -> Uplink | None:
        """Remove and return what is to be sent next, `None` if it has gone meanwhile.

        It is remembered as sent at `now`, monotonic seconds, so that a send that fails loses
        nothing.
        """
        if self._notices:
            notice = self._notices.pop(0)
            self._doubtful.add(notice)
            return notice
        if self.sent.closed or not self._waiting:
            return None
        first = self._waiting.pop(0)
        match first:
            case bytes():
                first = self._merged(first)
                self._waiting_bytes -= len(first)
                self.sent.add(first, now)
            case TypedText():
                self._sent_texts.append(_Sent(now, self.sent.added, first))
            case EndOfUtterance():
                self.sent.add(_PAUSE, now)
                # It is longer than what it stands for, and many may follow at once.
                self._keep_bound()
            case EndOfAudio():
                self.sent.closed = True
            case other:
                assert_never(other)
        return first

    def _merged(self, first: bytes) -> bytes:
        """Return a chunk and those that wait right behind it, as far as they may go together."""
        size, count = len(first), 0
        for each in self._waiting:
            if not isinstance(each, bytes) or size + len(each) > self._longest_merged:
                break
            size, count = size + len(each), count + 1
        if not count:
            return first
        others = filter(_is_speech, self._waiting[:count])
        merged = b"".join((first, *others))
        del self._waiting[:count]
        return merged

    def unsent_ms(self) -> int:
        """Return the milliseconds of speech that wait, what came after the end included."""
        waiting = b"".join(filter(_is_speech, self._waiting))
        return len(waiting) // BYTES_PER_MS if holds_speech(levels_of(waiting)) else 0

    def _keep_bound(self) -> bool:
        while self.sent.size and self._waiting_bytes + self.sent.size > self._bound:
            self.sent.drop_oldest()
        lost = pauses = 0
        kept: list[Waiting] = []
        while self._waiting_bytes - lost > self._bound:
            oldest = self._waiting.pop(0)
            match oldest:
                case bytes():
                    lost += len(oldest)
                case TypedText():
                    kept.append(oldest)
                case EndOfAudio() if kept:
                    # What was typed before the microphone was closed is still to be sent.
                    kept.append(oldest)
                case EndOfAudio():
                    # All that was said before the microphone was closed is gone.
                    self.sent.closed = True
                case EndOfUtterance():
                    pauses += len(_PAUSE)
                case other:
                    assert_never(other)
        self._waiting[:0] = kept
        self._waiting_bytes -= lost
        # The oldest is what is said again, unless that was sent.
        unsent = max(0, self._again_until - self.sent.added)
        self._again_until -= min(lost + pauses, unsent)
        self._dropped_bytes += lost
        self._untold_bytes += lost
        self._peak_bytes = max(self._peak_bytes, self._waiting_bytes)
        return lost > 0


def _chunks(speech: bytes) -> list[bytes]:
    starts = range(0, len(speech), _REPLAY_CHUNK)
    return [speech[start : start + _REPLAY_CHUNK] for start in starts]


def _size(said: list[Waiting]) -> int:
    """Return how many bytes it is once it was sent."""
    pauses = sum(isinstance(each, EndOfUtterance) for each in said)
    return sum(map(len, filter(_is_speech, said))) + pauses * len(_PAUSE)


def _is_speech(waiting: Waiting) -> TypeGuard[bytes]:
    return isinstance(waiting, bytes)


def _goes_on(waiting: Waiting) -> bool:
    return not isinstance(waiting, EndOfAudio)
