"""Where utterances come from: WAV files, standard input, sentences said by espeak-ng, or typed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import stat
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol, assert_never

from gateway.talk_wav import NotAWav, Recording, is_wav, parse_wav
from schemas.client import BYTES_PER_MS, MAX_TEXT, MIN_AUDIO_BYTES, AddItem

READ_BYTES: Final = 100 * BYTES_PER_MS
DEFAULT_LANGUAGE: Final = "pl-PL"
"""What a sentence is said in when no language was asked for: the gateway's own default."""


class NoSound(Exception):
    """Nothing can be said; the text says what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class LiveSound:
    """Standard input while it is still being written, by a microphone perhaps."""

    begun: bytes
    rest: asyncio.StreamReader


@dataclass(frozen=True, slots=True)
class Typed:
    """A sentence that is sent as text."""

    text: str


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is said between a start and a stop, or a part of what is typed there.

    Attributes:
        name: the file's name, ``-``, or the sentence.
        language: BCP 47 tag to start the session in; ``None`` is the gateway's default.
        sound: what to stream, or to type.
        supposes: what it takes to be on the list already.
    """

    name: str
    language: str | None
    sound: Recording | LiveSound | Typed
    supposes: tuple[AddItem, ...] = ()

    @property
    def seconds(self) -> float | None:
        """How long the sound is; ``None`` if that is not known yet, or there is none."""
        match self.sound:
            case Recording(pcm):
                return len(pcm) / BYTES_PER_MS / 1000
            case LiveSound() | Typed():
                return None
            case other:
                assert_never(other)

    @property
    def note(self) -> str:
        """What was done to the sound before it can be sent; empty if nothing."""
        return self.sound.note if isinstance(self.sound, Recording) else ""

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield the sound as PCM16 mono 16 kHz, in blocks of any size."""
        match self.sound:
            case Recording(pcm):
                yield pcm
            case LiveSound(begun, rest):
                yield begun
                while block := await rest.read(READ_BYTES):
                    yield block
            case Typed():
                pass
            case other:
                assert_never(other)


class Synthesiser(Protocol):
    """Says a sentence."""

    async def say(self, sentence: str, language: str) -> bytes:
        """Return `sentence` as a WAV file, or raise `NoSound`."""


def from_file(path: Path, *, language: str | None) -> Utterance:
    """Read one WAV file.

    Raises:
        NoSound: it cannot be read, or is no WAV file that can be streamed.
    """
    try:
        data = path.read_bytes()
    except OSError as exc:
        raise NoSound(f"{path}: {exc.strerror}") from exc
    return Utterance(path.name, language, _recording(str(path), data))


async def from_sentence(
    sentence: str, *, language: str | None, synthesiser: Synthesiser
) -> Utterance:
    """Say `sentence` aloud.

    Raises:
        NoSound: there is no synthesiser, or it does not speak the language.
    """
    spoken = await synthesiser.say(sentence, language or DEFAULT_LANGUAGE)
    return Utterance(sentence, language, _recording("espeak-ng", spoken))


def typed(sentence: str, *, language: str | None) -> Utterance:
    """Type `sentence`.

    Raises:
        NoSound: there is nothing in it, or it is longer than the gateway takes.
    """
    if not sentence.strip() or len(sentence) > MAX_TEXT:
        raise NoSound(f"--typed takes 1 to {MAX_TEXT} characters")
    return Utterance(sentence, language, Typed(sentence))


@contextlib.asynccontextmanager
async def from_pipe(pipe: BinaryIO, *, language: str | None) -> AsyncIterator[Utterance]:
    """Read `pipe` until its end: a WAV file, or raw PCM16 mono 16 kHz streamed as it comes.

    Raises:
        NoSound: it is a terminal, or holds no sound.
    """
    if pipe.isatty():
        raise NoSound("-: standard input is a terminal; pipe a WAV file or raw PCM into it")
    if not _can_be_watched(pipe):
        yield Utterance("-", language, _recording_or_raw(pipe.read()))
        return
    rest = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(rest), pipe)
    try:
        begun = await _up_to(READ_BYTES, rest)
        if is_wav(begun) or len(begun) < READ_BYTES:
            yield Utterance("-", language, _recording_or_raw(begun + await rest.read()))
        else:
            yield Utterance("-", language, LiveSound(begun, rest))
    finally:
        transport.close()


async def _up_to(size: int, stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readexactly(size)
    except asyncio.IncompleteReadError as exc:
        return exc.partial


class Espeak:
    """The Debian package espeak-ng, or the same program from elsewhere."""

    async def say(self, sentence: str, language: str) -> bytes:
        """Return `sentence` as a WAV file, or raise `NoSound`."""
        program = shutil.which("espeak-ng")
        if program is None:
            raise NoSound("--text needs espeak-ng to say it aloud: apt-get install espeak-ng")
        process = await asyncio.create_subprocess_exec(
            program,
            *("-b", "1", "-v", language.lower(), "--stdin", "--stdout"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        spoken, complaint = await process.communicate(sentence.encode())
        if process.returncode or not spoken:
            problem = complaint.decode(errors="replace").strip() or "no sound came out"
            raise NoSound(f"espeak-ng could not say it in {language}: {problem}")
        return spoken


def _recording(name: str, data: bytes) -> Recording:
    try:
        recording = parse_wav(data)
    except NotAWav as exc:
        raise NoSound(f"{name}: {exc}") from exc
    return _long_enough(name, recording)


def _recording_or_raw(data: bytes) -> Recording:
    return _recording("-", data) if is_wav(data) else _long_enough("-", Recording(data))


def _long_enough(name: str, recording: Recording) -> Recording:
    if len(recording.pcm) < MIN_AUDIO_BYTES:
        raise NoSound(f"{name}: holds less than 10 ms of sound")
    return recording


def _can_be_watched(pipe: BinaryIO) -> bool:
    """Tell whether an event loop can wait for `pipe`; files, which never block, it cannot."""
    mode = os.fstat(pipe.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
