"""Lines about the whole process: under no session's name, whichever session's task found out."""

from __future__ import annotations

from contextvars import Context

from actors.ports import Fact, Observer


class OfTheProcess:
    """Satisfies `actors.ports.Observer`: tells another one, outside of any session.

    For what concerns all sessions alike, as that Redis or an issuer's keys are not to be had: the
    session whose task came upon it is any of them, and a search for its user would find the line.
    """

    __slots__ = ("_observer",)

    def __init__(self, observer: Observer) -> None:
        self._observer = observer

    def rename(self, session_id: str) -> None:
        """Do nothing: it is about no session."""

    def debug(self, event: str, /, **facts: Fact) -> None:
        """Something that somebody has asked to see."""
        Context().run(self._observer.debug, event, **facts)

    def note(self, event: str, /, **facts: Fact) -> None:
        """Something an operator may want to see."""
        Context().run(self._observer.note, event, **facts)

    def warn(self, event: str, /, **facts: Fact) -> None:
        """Something went wrong that is survived."""
        Context().run(self._observer.warn, event, **facts)

    def count(self, event: str, trouble: bool, /, **facts: Fact) -> None:  # noqa: FBT001 - the port's
        """Something that is counted, and has no line."""
        self._observer.count(event, trouble, **facts)

    def fail(self, event: str, error: BaseException, /, **facts: Fact) -> None:
        """A bug of ours."""
        Context().run(self._observer.fail, event, error, **facts)
