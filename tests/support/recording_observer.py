"""An observer that keeps what it is told."""

from __future__ import annotations

from actors.ports import Fact


class RecordingObserver:
    """Satisfies `actors.ports.Observer`."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, dict[str, Fact]]] = []
        self.warnings: list[tuple[str, dict[str, Fact]]] = []
        self.failures: list[tuple[str, BaseException, dict[str, Fact]]] = []
        self.debugged: list[tuple[str, dict[str, Fact]]] = []
        self.counted: list[tuple[str, dict[str, Fact]]] = []
        self.names: list[str] = []

    def rename(self, session_id: str) -> None:
        """Keep a name."""
        self.names.append(session_id)

    def debug(self, event: str, /, **facts: Fact) -> None:
        """Keep what was asked for."""
        self.debugged.append((event, facts))

    def note(self, event: str, /, **facts: Fact) -> None:
        """Keep a note."""
        self.notes.append((event, facts))

    def warn(self, event: str, /, **facts: Fact) -> None:
        """Keep a warning."""
        self.warnings.append((event, facts))

    def count(self, event: str, trouble: bool, /, **facts: Fact) -> None:  # noqa: ARG002, FBT001 - the port's
        """Keep what is only counted."""
        self.counted.append((event, facts))

    def fail(self, event: str, error: BaseException, /, **facts: Fact) -> None:
        """Keep a failure."""
        self.failures.append((event, error, facts))

    def noted(self, event: str) -> list[dict[str, Fact]]:
        """Return the facts of every note and warning of that name."""
        return [facts for name, facts in self.notes + self.warnings if name == event]
