"""A session's side towards Gemini: which link is current, when it is left, what follows its end.

Pure. `Session` asks; it decides with the policies for restarts, resumption, rotation and
liveness, each in a module of its own (docs/link.md shows them together).
"""

from __future__ import annotations

import math
from typing import Final

from actors.commands import OpenLink
from actors.endings import Judgement, Verdict, judge
from actors.ladder import ResumeLadder
from actors.liveness import Liveness, Stall
from actors.policy import SessionPolicy
from actors.ports import LinkRequest
from actors.restart import Restarts
from actors.rotation import Rotation, RotationCause
from actors.slowness import Slowness
from schemas.gemini import GeminiMessage
from schemas.messages import LinkEnded, SpeechReport
from schemas.shopping_list import Item

_ASK_EVERY_S: Final = 0.5
"""How often a quiet moment is looked for while one is wanted."""
_WS: Final = 1_000
"""The lowest WebSocket close code; those below are HTTP statuses, of which no handle is guilty."""
_DEAF: Final = 2
"""Links in a row that may take no notice of the same sound before the session is doubted."""


class Linking:
    """The links of one session; times in monotonic seconds.

    Attributes:
        number: of the newest link, from 1; 0 before the first.
        opened: how many were granted.
        opened_at: when the current one was, `None` while there is none.
    """

    def __init__(self, policy: SessionPolicy, restarts: Restarts) -> None:
        self._policy = policy
        self._restarts = restarts
        self._ladder = ResumeLadder()
        self._rotation = Rotation(policy.ages)
        self._liveness = Liveness(stall_s=policy.stall_s, silence_s=policy.silence_s)
        self._slowness = Slowness()
        self._wanted = False
        self._resumes = False
        self._failing_since: float | None = None
        self._ask_at: float | None = None
        self.number = 0
        self.opened = 0
        self.opened_at: float | None = None

    # Opening and closing.

    def begin(self) -> None:
        """The phone wants a session that has nothing to do with the last one."""
        self._ladder.start_over()
        self._liveness.begin()

    def restore(self, handles: tuple[str, ...], *, opened: int) -> None:
        """Go on with the Gemini session of another connection, which opened so many links."""
        self.opened += opened
        self._ladder.restore(handles)
        self._liveness.begin()

    @property
    def handles(self) -> tuple[str, ...]:
        """What another connection goes on with, oldest first."""
        return self._ladder.handles

    def open(
        self, now: float, *, language: str, known: tuple[Item, ...], aloud: bool, delay_s: float
    ) -> OpenLink:
        """Return the order for the next link: to resume where that may work, else afresh.

        Args:
            now: monotonic seconds.
            language: what the shopper speaks.
            known: what is on the list, for a Gemini session that cannot know.
            aloud: the phone plays what the model says.
            delay_s: how long to wait before.
        """
        self._leave_behind(now)
        if self._failing_since is None:
            self._failing_since = now
        if self._rotation.afresh(now):
            self._ladder.start_over()
        self._wanted = True
        self.number += 1
        handle = self._ladder.handle
        self._resumes = handle is not None
        request = LinkRequest(
            language=language,
            handle=handle,
            shopping_list=() if self._resumes else known,
            aloud=aloud,
        )
        return OpenLink(link=self.number, request=request, delay_s=delay_s)

    def was_opened(self, now: float, *, session_age_s: float = 0.0) -> None:
        """The newest link was granted.

        Args:
            now: monotonic seconds.
            session_age_s: how old a Gemini session is that another connection began.
        """
        self.opened += 1
        self.opened_at = now
        self._ask_at = None
        self._ladder.opened()
        self._rotation.opened(now, resumed=self._resumes, session_age_s=session_age_s)
        if not self._resumes:
            self._slowness.start_over()
        self._liveness.opened(now)

    def stop(self, now: float) -> None:
        """Nobody has any use for a link any more."""
        self._leave_behind(now)
        self._wanted = False
        self._failing_since = None
        self._restarts.recovered()

    def _leave_behind(self, now: float) -> None:
        if self._was_stable(now):
            self._failing_since = None
            self._restarts.recovered()
            self._ladder.proved()
        self.opened_at = None
        self._ask_at = None
        self._rotation.closed()
        self._liveness.closed()

    def concerns(self, link: int) -> bool:
        """Whether what happens to `link` still matters."""
        return self._wanted and link == self.number

    @property
    def resumes(self) -> bool:
        """Whether the newest link goes on with an earlier one's session."""
        return self._resumes

    def lived_s(self, now: float) -> float:
        """Return how long the current link has been open, 0 if it is not."""
        return 0.0 if self.opened_at is None else now - self.opened_at

    # While it is open.

    def heard(self, message: GeminiMessage, now: float) -> None:
        """Gemini said something on the current link; nothing it says before it is open counts."""
        if self.opened_at is None:
            return
        self._liveness.heard(message, now)
        if message.session_resumption_update is not None:
            self._ladder.update(message.session_resumption_update)
        if message.go_away is not None:
            self._rotation.go_away(now, message.go_away.seconds)

    def resumable_from(self, message: GeminiMessage) -> bool:
        """Whether what was exchanged so far is behind a handle that a message brings."""
        update = message.session_resumption_update
        return update is not None and update.resumable and bool(update.new_handle)

    def answered(self, after_s: float, now: float) -> None:
        """Gemini answered something said `after_s` seconds after its end."""
        if self._slowness.answered(after_s):
            self._rotation.session_is_slow(now)

    def stalls(self, report: SpeechReport, now: float) -> Stall:
        """Say whether Gemini has stopped to listen, and choose where the next link goes on.

        After one link that understood and did not answer, the session is resumed. It is begun
        afresh after the second in a row, and at once if that link was itself a resume that has
        answered nothing ("poisoned", voiceclaw). Where nothing was understood either, it may
        have been noise, for which no session is thrown away: it takes three in a row.
        """
        stall = self._liveness.judge(report, now)
        if stall is Stall.UNHEARD and not report.openable:
            # It may be noise, and there would be no other link.
            return Stall.NONE
        self._liveness.unanswered += stall in (Stall.UNANSWERED, Stall.UNHEARD)
        in_a_row = self._liveness.unanswered
        poisoned = self._resumes and not self._liveness.answers
        hopeless = stall is Stall.UNANSWERED and (poisoned or in_a_row > 1)
        if hopeless or (stall is Stall.UNHEARD and in_a_row > _DEAF):
            self._ladder.start_over()
        return stall

    def leaving_wanted(self, now: float) -> bool:
        """Whether the link is to be left at the next moment in which nobody speaks."""
        return self._rotation.wanted(now)

    def may_leave(self, report: SpeechReport, now: float) -> bool:
        """Whether leaving is wanted, and nothing is lost or risked by leaving now."""
        resumable = self._ladder.resumable or self._rotation.afresh(now)
        quiet = not report.unheard and report.openable
        return quiet and resumable and self.leaving_wanted(now)

    def must_leave(self, now: float) -> bool:
        """Whether the link has to be left now."""
        return self._rotation.overdue(now)

    def leaving_cause(self, now: float) -> RotationCause:
        """Return why the link is left, once that is wanted."""
        return self._rotation.cause(now)

    def leave(self, now: float) -> float | None:
        """Return the seconds after which the next link is opened, `None` when the budget is spent.

        Leaving is no failure, unless Gemini sends links away as soon as they open: they must not
        be opened in a circle.
        """
        # A resumed session that is too old is followed by a fresh one, which is not.
        outgrown = self._resumes and self._rotation.afresh(now)
        return 0.0 if outgrown or self._was_stable(now) else self.retry_in(now)

    # After its end.

    def judge(self, event: LinkEnded, now: float) -> Judgement:
        """Say what follows from a link's end, and choose where the next one goes on."""
        stable, was_open = self._was_stable(now), self.opened_at is not None
        judgement = judge(
            event.code,
            event.reason,
            closed_by=event.closed_by,
            lived=stable,
            fresh_may_work=stable or self._ladder.handle is not None,
        )
        if judgement.verdict is Verdict.WITHOUT_HANDLE:
            self._drop_handle(start_over=judgement.start_over)
        elif self._resumes and not stable and _about_the_resume(event, was_open=was_open):
            self._ladder.hung_up()
        return judgement

    def retry_in(self, now: float) -> float | None:
        """Count a failure; return the seconds to wait, `None` when the budget is spent."""
        self._leave_behind(now)
        return self._restarts.failed(now)

    def refused(self) -> None:
        """Count a failure after which no other link is opened here."""
        self._restarts.refused()

    def given_up(self, now: float) -> bool:
        """Whether there has been no link that lasted for too long."""
        return self._give_up_at is not None and now >= self._give_up_at

    @property
    def _give_up_at(self) -> float | None:
        if self._failing_since is None or self.opened_at is not None:
            return None
        return self._failing_since + self._policy.restart.outage_s

    # Timers.

    @property
    def deadline(self) -> float | None:
        """When something is to be looked at: at the earliest of what the policies want."""
        leave_at = self._rotation.wanted_at if self._ask_at is None else self._ask_at
        earliest = math.inf
        for time in (self._give_up_at, leave_at, self._rotation.due_at, self._liveness.look_at):
            if time is not None and time < earliest:
                earliest = time
        return None if earliest == math.inf else earliest

    def wants_report(self, now: float) -> bool:
        """Whether it is time to ask about the speech; the next time is set."""
        leaving = self.leaving_wanted(now) and (self._ask_at is None or now >= self._ask_at)
        if leaving:
            self._ask_at = now + _ASK_EVERY_S
        look_at = self._liveness.look_at
        looking = look_at is not None and now >= look_at
        if looking:
            self._liveness.looks(now)
        return leaving or looking

    def _was_stable(self, now: float) -> bool:
        return self.lived_s(now) >= self._policy.restart.stable_s

    def _drop_handle(self, *, start_over: bool) -> None:
        if start_over or not self._resumes:
            self._ladder.start_over()
        else:
            self._ladder.not_taken()


def _about_the_resume(event: LinkEnded, *, was_open: bool) -> bool:
    """Whether a link that resumed and ended early may have ended for that.

    A connection that nobody closed before it was open never got as far.
    """
    return event.code >= _WS and (was_open or event.closed_by != "nobody")
