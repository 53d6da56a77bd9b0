"""The command `gateway talk`: be a phone, talk to a gateway, and show what comes back."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from gateway.addresses import BadAddress
from gateway.client_retry import Loss
from gateway.talk_conversation import Conversation
from gateway.talk_endings import Ending, Outcome
from gateway.talk_expect import BadExpectations, Expectations, read
from gateway.talk_lines import Lines
from gateway.talk_options import BadToken, Options, add_arguments
from gateway.talk_record import Record, SessionRecord
from gateway.talk_screen import Screen
from gateway.talk_sources import (
    Espeak,
    NoSound,
    Utterance,
    from_file,
    from_pipe,
    from_sentence,
    typed,
)
from gateway.talk_wire import Heard

__all__ = ["add_arguments", "run"]

BAD_USAGE: Final = 2
_BESIDE: Final = "expected.json"


async def run(args: argparse.Namespace) -> int:
    """Talk; return the exit code."""
    try:
        options = Options.of(args)
        expected = read(options.expect) if options.expect else None
        async with _utterances(options, expected) as utterances:
            return await _talk(options, utterances, expected)
    except (BadAddress, BadExpectations, BadToken, NoSound) as exc:
        _tell(str(exc))
        return BAD_USAGE


async def _talk(
    options: Options, utterances: Sequence[Utterance], expected: Expectations | None
) -> int:
    for utterance in utterances:
        if utterance.note:
            _tell(f"{utterance.name}: {utterance.note}")
    record = Record()
    presenter = Lines(sys.stdout) if options.json else Screen(sys.stdout, sys.stderr)
    conversation = Conversation(
        options.urls,
        options.user,
        _Both(record, presenter),
        speed=options.speed,
        token=options.token,
    )
    with _interruptible(conversation):
        ending = await conversation.hold(utterances)
    if ending.outcome is Outcome.WELL and expected is not None:
        ending = _judged(record.sessions, expected, at_least=options.expect_at_least)
    match presenter:
        case Lines():
            reports = [page.report(expected) for page in record.sessions]
            presenter.summary(ending, reports, conversation.items.values())
        case Screen():
            # Tables of nothing would hide why: the gateway never said a word.
            sessions = record.sessions if conversation.answered else []
            presenter.closes(sessions, expected, conversation.items.values(), ending)
    if ending.outcome is not Outcome.WELL:
        _tell(ending.why or ending.outcome.name.lower())
    return int(ending.outcome)


@contextlib.contextmanager
def _interruptible(conversation: Conversation) -> Iterator[None]:
    """Let the first Ctrl-C end the conversation politely; a second one is the usual kind."""
    loop = asyncio.get_running_loop()

    def interrupt() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        conversation.interrupt()

    loop.add_signal_handler(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


@contextlib.asynccontextmanager
async def _utterances(
    options: Options, expected: Expectations | None
) -> AsyncIterator[Sequence[Utterance]]:
    """Read and make all the sound first, so that a mistake costs no session."""
    if not options.files and not options.text and not options.typed:
        raise NoSound('nothing to say: give a FILE.wav, -, --text "…" or --typed "…"')
    async with contextlib.AsyncExitStack() as stack:
        utterances = []
        for name in options.files:
            if name == "-":
                pipe = from_pipe(sys.stdin.buffer, language=options.language)
                utterances.append(await stack.enter_async_context(pipe))
            else:
                path = Path(name)
                language = options.language or _language_of(path, expected)
                utterances.append(_supposing(from_file(path, language=language), expected))
        espeak = Espeak()
        utterances += [
            await from_sentence(sentence, language=options.language, synthesiser=espeak)
            for sentence in options.text
        ]
        utterances += [typed(sentence, language=options.language) for sentence in options.typed]
        yield utterances


def _supposing(utterance: Utterance, expected: Expectations | None) -> Utterance:
    """Return it with what has to be on the list for it to be as expected."""
    if expected is None or utterance.name not in expected:
        return utterance
    return replace(utterance, supposes=expected[utterance.name].supposed)


def _language_of(path: Path, expected: Expectations | None) -> str | None:
    if expected is None:
        beside = path.with_name(_BESIDE)
        expected = read(beside) if beside.exists() else {}
    return expected[path.name].language if path.name in expected else None


def _judged(
    sessions: Sequence[SessionRecord], expected: Expectations, *, at_least: int | None
) -> Ending:
    verdicts = [page.as_expected(expected) for page in sessions]
    right = verdicts.count(True)
    judged = right + verdicts.count(False)
    wanted = judged if at_least is None else at_least
    count = f"{right} of {judged} recordings gave exactly the expected products"
    if right >= wanted:
        return Ending(Outcome.WELL, count)
    return Ending(Outcome.NOT_AS_EXPECTED, f"{count}; wanted: {wanted}")


def _tell(remark: str) -> None:
    sys.stderr.write(f"gateway talk: {remark}\n")


class _Both:
    """Two audiences at once: one that remembers and one that prints."""

    def __init__(self, record: Record, presenter: Lines | Screen) -> None:
        self._audiences = (record, presenter)

    def begins(self, utterance: Utterance) -> None:
        for audience in self._audiences:
            audience.begins(utterance)

    def sent(self, pcm: bytes) -> None:
        for audience in self._audiences:
            audience.sent(pcm)

    def heard(self, message: Heard) -> None:
        for audience in self._audiences:
            audience.heard(message)

    def puzzled(self, problem: str) -> None:
        for audience in self._audiences:
            audience.puzzled(problem)

    def lost(self, loss: Loss) -> None:
        for audience in self._audiences:
            audience.lost(loss)
