"""Typed sentences that Gemini has not answered yet, in order. Pure."""

from __future__ import annotations

from typing import TypeAlias

Ref: TypeAlias = str | None


class Typed:
    """What was typed: the text itself is in the uplink, here is which request it came with."""

    __slots__ = ("_before_the_end", "_begun", "_refs")

    def __init__(self) -> None:
        self._refs: list[Ref] = []
        self._before_the_end = 0
        self._begun = False
        """Gemini has begun to act on the oldest."""

    @property
    def ref(self) -> Ref:
        """The request of the oldest sentence that was not answered."""
        return self._refs[0] if self._refs else None

    @property
    def refs(self) -> tuple[Ref, ...]:
        """The requests of all of them, oldest first."""
        return tuple(self._refs)

    def add(self, ref: Ref) -> None:
        """A sentence is on its way."""
        self._refs.append(ref)

    def begun(self) -> None:
        """Gemini acts on the oldest one."""
        self._begun = bool(self._refs)

    def answered(self) -> Ref:
        """The oldest one was answered; return its request."""
        self._begun = False
        if not self._refs:
            return None
        self._before_the_end = max(0, self._before_the_end - 1)
        return self._refs.pop(0)

    def end(self) -> None:
        """The session is to stop: what is typed from now on belongs to what comes after it."""
        self._before_the_end = len(self._refs)

    def forget(self, *, later_too: bool) -> tuple[Ref, ...]:
        """Forget those typed before the end, or all.

        Returns:
            The requests of those that nothing came of: they may come again.
        """
        count = len(self._refs) if later_too else self._before_the_end
        forgotten = tuple(self._refs[:count])
        del self._refs[:count]
        begun, self._begun, self._before_the_end = self._begun and count > 0, False, 0
        return forgotten[begun:]
