"""What people see: the conversation line by line, a progress bar, and the products in a table.

All that comes from the network or from files is printed as plain text: no markup is read in it, and
control characters, which could take over the terminal, are shown as �.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TextIO, assert_never

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from gateway.client_retry import Loss
from gateway.talk_endings import Ending, Outcome
from gateway.talk_expect import Expectations
from gateway.talk_record import SessionRecord
from gateway.talk_sources import Typed, Utterance
from gateway.talk_tables import list_table, product_table
from gateway.talk_wire import Heard
from gateway.terminal import plain
from schemas.client import BYTES_PER_MS
from schemas.product import Product
from schemas.server import (
    AudioGap,
    ErrorV2,
    Interrupted,
    Pong,
    ProductDetected,
    ProductRetracted,
    ProductSuggested,
    Received,
    SessionInfo,
    SpokenAudio,
    Status,
    Transcript,
)
from schemas.shopping_list import Item


class Screen:
    """An audience that prints. The progress bar is on the error stream, if that is a terminal."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = Console(file=out, highlight=False)
        err_console = Console(file=err, highlight=False)
        both_here = self._out.is_terminal and err_console.is_terminal
        # On one terminal, bar and lines must go through one console, or they overwrite each other.
        self.progress = ProgressBar(self._out if both_here else err_console)
        self._names: dict[str, str] = {}

    def begins(self, utterance: Utterance) -> None:
        """Print a headline."""
        about = [utterance.language] if utterance.language else []
        if isinstance(utterance.sound, Typed):
            about.append("typed")
        if utterance.seconds is not None:
            about.append(f"{utterance.seconds:.1f} s")
        headline = Text(plain(utterance.name), "bold")
        headline.append(f"  {', '.join(about)}" if about else "", "dim")
        self._out.print(headline)
        self.progress.begins(utterance)

    def sent(self, pcm: bytes) -> None:
        """Move the progress bar."""
        self.progress.sent(pcm)

    def heard(self, message: Heard) -> None:
        """Print one line, if there is anything to see."""
        match message:
            case ProductDetected() | ProductSuggested() | ProductRetracted():
                self._event(message)
            case Transcript(text, is_user, final=True):
                self._line("you" if is_user else "gemini", "cyan" if is_user else "blue", text)
            case Status(label, text):
                self._line(label, "dim", text)
            case ErrorV2(text):
                self._line("error", "bold red", text)
            case AudioGap(ms):
                self._line("error", "bold red", f"{ms} ms of speech could not be kept")
            case SessionInfo():
                self._session(message)
            case Transcript() | Received() | Interrupted() | Pong() | SpokenAudio():
                pass
            case other:
                assert_never(other)

    def lost(self, loss: Loss) -> None:
        """Print that the connection is being replaced."""
        self._line("lost", "bold red", f"{loss}; connecting again")

    def puzzled(self, problem: str) -> None:
        """Print a frame that makes no sense as an error."""
        self._line("error", "bold red", f"not a message of protocol v2: {problem}")

    def closes(
        self,
        sessions: Sequence[SessionRecord],
        expected: Expectations | None,
        items: Iterable[Item],
        ending: Ending,
    ) -> None:
        """Print the products of all sessions, the list that they made, and the verdict."""
        self.progress.close()
        if sessions:
            self._out.print()
            self._out.print(product_table(sessions, expected))
            self._out.print(list_table(items))
        if ending.outcome is Outcome.WELL and ending.why:
            self._out.print(Text(ending.why, "bold green"))

    def _event(self, event: ProductDetected | ProductSuggested | ProductRetracted) -> None:
        match event:
            case ProductDetected(product=product, item=item, by=by):
                self._names[product.id] = product.name
                by_hand = ", by hand" if by == "shopper" else ""
                text = in_words(product) + _now(product, item) + by_hand
                self._line(product.action, "dim" if by_hand else "green", text)
            case ProductSuggested(product=product):
                self._names[product.id] = product.name
                self._line("perhaps", "yellow", f"{product.action} {in_words(product)}")
            case ProductRetracted(id=gone, reason=reason):
                self._line("retracted", "yellow", f"{self._names.get(gone, gone)} ({reason})")
            case other:
                assert_never(other)

    def _session(self, session: SessionInfo) -> None:
        had = {item.id: item.name for item in session.list}
        had |= {product.id: product.name for product in session.suggestions}
        self._names |= had
        if session.resumed:
            self._line("resumed", "dim", f"Session with {len(session.list)} items on the list")

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


def _now(product: Product, item: Item | None) -> str:
    """Return the item's amount, where it is not just what was said."""
    if item is None or (item.quantity, item.unit) == (product.quantity, product.unit):
        return ""
    return f"; now {item.quantity:g} {item.unit}"
