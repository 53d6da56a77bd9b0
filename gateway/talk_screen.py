"""What people see: the conversation line by line, a progress bar, and the products in a table.

All that comes from the network or from files is printed as plain text: no markup is read in it, and
control characters, which could take over the terminal, are shown as �.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TextIO, assert_never

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from gateway.talk_conversation import Ending, Outcome
from gateway.talk_expect import Comparison, Expectation, Expectations, compare
from gateway.talk_record import SessionRecord
from gateway.talk_sources import Utterance
from gateway.terminal import plain
from schemas.client import BYTES_PER_MS
from schemas.product import Product
from schemas.server import Error, Pong, ProductDetected, ServerMessage, Status, Transcript


class Screen:
    """An audience that prints. The progress bar is on the error stream, if that is a terminal."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = Console(file=out, highlight=False)
        err_console = Console(file=err, highlight=False)
        both_here = self._out.is_terminal and err_console.is_terminal
        # On one terminal, bar and lines must go through one console, or they overwrite each other.
        self.progress = ProgressBar(self._out if both_here else err_console)

    def begins(self, utterance: Utterance) -> None:
        """Print a headline."""
        about = [utterance.language] if utterance.language else []
        if utterance.seconds is not None:
            about.append(f"{utterance.seconds:.1f} s")
        headline = Text(plain(utterance.name), "bold")
        headline.append(f"  {', '.join(about)}" if about else "", "dim")
        self._out.print(headline)
        self.progress.begins(utterance)

    def sent(self, pcm: bytes) -> None:
        """Move the progress bar."""
        self.progress.sent(pcm)

    def heard(self, message: ServerMessage) -> None:
        """Print one line."""
        match message:
            case ProductDetected(product):
                self._line(product.action, "green", in_words(product))
            case Transcript(text, is_user):
                self._line("you" if is_user else "gemini", "cyan" if is_user else "blue", text)
            case Status(status, text):
                self._line(status, "dim", text)
            case Error(text):
                self._line("error", "bold red", text)
            case Pong():
                self._line("pong", "dim", "")
            case other:
                assert_never(other)

    def puzzled(self, problem: str) -> None:
        """Print a frame that makes no sense as an error."""
        self._line("error", "bold red", f"not a message of protocol v1: {problem}")

    def closes(
        self, sessions: Sequence[SessionRecord], expected: Expectations | None, ending: Ending
    ) -> None:
        """Print the products of all sessions, which of them were expected, and the verdict."""
        self.progress.close()
        if sessions:
            self._out.print()
            self._out.print(_table(sessions, expected))
        if ending.outcome is Outcome.WELL and ending.why:
            self._out.print(Text(ending.why, "bold green"))

    def _line(self, label: str, style: str, text: str) -> None:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(width=13, justify="right", style=style)
        grid.add_column(ratio=1, overflow="fold")
        grid.add_row(Text(label), Text(plain(text)))
        self._out.print(grid)


class ProgressBar:
    """How much of the sound is sent. Does nothing where `console` is no terminal."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            TextColumn("  [dim]speaking"),
            BarColumn(bar_width=None),
            TextColumn("[dim]{task.fields[clock]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task: TaskID | None = None
        self._seconds = 0.0
        self._length = ""

    def begins(self, utterance: Utterance) -> None:
        """Start over."""
        self._clear()
        self._seconds = 0.0
        length = utterance.seconds
        self._length = "" if length is None else f" of {length:.1f}"
        self._progress.start()
        self._task = self._progress.add_task("", total=length, clock=self._clock())

    def sent(self, pcm: bytes) -> None:
        """Move on."""
        self._seconds += len(pcm) / BYTES_PER_MS / 1000
        if self._task is not None:
            self._progress.update(self._task, completed=self._seconds, clock=self._clock())

    def close(self) -> None:
        """Take the bar away."""
        self._clear()
        self._progress.stop()

    def _clear(self) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
            self._task = None

    def _clock(self) -> str:
        return f"{self._seconds:.1f}{self._length} s"


def in_words(product: Product) -> str:
    """Return a product as a person would write it on a list."""
    return f"{product.name}, {product.quantity:g} {product.unit} ({product.category})"


def _table(sessions: Sequence[SessionRecord], expected: Expectations | None) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("From", style="dim", overflow="ellipsis", no_wrap=True, max_width=16)
    table.add_column("Product", overflow="fold", min_width=13)
    table.add_column("Action", no_wrap=True)
    table.add_column("Qty", justify="right", no_wrap=True)
    table.add_column("Unit", no_wrap=True)
    table.add_column("Category", overflow="fold", min_width=10)
    if expected is not None:
        table.add_column("", no_wrap=True)
    for session in sessions:
        name = plain(session.utterance.name)
        expectation = (expected or {}).get(session.utterance.name)
        for row in _rows(session, expectation):
            table.add_row(name, *row[: len(table.columns) - 1])
            name = ""
        table.add_section()
    return table


def _rows(session: SessionRecord, expectation: Expectation | None) -> list[list[Text]]:
    if expectation is None:
        return [_row(product, Text()) for product in session.products] or [_nothing(Text())]
    comparison = compare(expectation.products, session.products)
    rows = [_row(product, _mark(expected=expected)) for product, expected in comparison.heard]
    rows += _missed(comparison)
    return rows or [_nothing(Text("✓", "green"))]


def _row(product: Product, mark: Text) -> list[Text]:
    return [
        Text(plain(product.name)),
        Text(product.action),
        Text(f"{product.quantity:g}"),
        Text(plain(product.unit)),
        Text(plain(product.category)),
        mark,
    ]


def _missed(comparison: Comparison) -> list[list[Text]]:
    return [
        [
            Text(plain(missed.name), "red"),
            Text(missed.action or "", "red"),
            Text("" if missed.quantity is None else f"{missed.quantity:g}", "red"),
            Text(plain(missed.unit or ""), "red"),
            Text(plain(missed.category or ""), "red"),
            Text("✗ missed", "bold red"),
        ]
        for missed in comparison.missed
    ]


def _mark(*, expected: bool) -> Text:
    return Text("✓", "green") if expected else Text("✗ extra", "bold red")


def _nothing(mark: Text) -> list[Text]:
    return [Text("nothing", "dim"), Text(), Text(), Text(), Text(), mark]
