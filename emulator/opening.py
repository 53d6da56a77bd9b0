"""The opening of a connection: credentials, the setup message, and the session it begins."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, replace
from typing import assert_never

import msgspec

from emulator import wire
from emulator.client_socket import ClientSocket
from emulator.conversation import Conversation
from emulator.credentials import Credential, is_refused
from emulator.faculties import Faculties
from emulator.fault_book import ConnectionFaults
from emulator.faults import Faults, HandleRefusal
from emulator.memory import Memory, Tokens, text_tokens
from emulator.messages import ClientMessage, check_one_field
from emulator.protojson import Parser, decode
from emulator.record import ConnectionRecord
from emulator.setup import FALLBACK_LANGUAGE, Endpoint, SessionSettings, read_setup
from emulator.setup_message import Setup
from emulator.wire import Refused

SETUP_WITHIN_S = 60.0
"""How long a client may take to send its setup."""

PARSER = Parser(ClientMessage)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session under way."""

    settings: SessionSettings
    conversation: Conversation
    faults: Faults

    @property
    def is_poisoned(self) -> bool:
        """Whether it hears but never answers, as some resumed sessions do."""
        return bool(self.settings.handle) and self.faults.handles == "poison"


async def open_session(  # noqa: PLR0913  # all but the first two by keyword
    client: ClientSocket,
    credential: Credential,
    *,
    endpoint: Endpoint,
    faculties: Faculties,
    record: ConnectionRecord,
    faults: ConnectionFaults,
) -> Opened | None:
    """Wait for the setup and answer it; return `None` when the client left instead.

    Raises:
        Refused: The key or the setup is not acceptable, or no setup came.
        InvalidPayload: The first frame is no message.
    """
    frame = await _first_frame(client)
    if frame is None:
        return None
    if is_refused(credential, faculties.behaviour.refused_keys):
        # The real service, too, looks at the key only when there is a request. Were it refused
        # before, the Python SDK would fail in sending its setup, without code or reason.
        raise Refused(1007, "API key not valid. Please pass a valid API key.")
    raw = decode(frame)
    setup = check_one_field(PARSER.convert(raw)).setup
    if setup is None:
        raise Refused(1007, "setup must be the first message and only the first.")
    record.setup = raw["setup"] if isinstance(raw, dict) else None
    settings = read_setup(setup, endpoint)
    wrong = faults.setup_came(resumed=bool(settings.handle))
    if settings.handle:
        _check_handle(wrong)
    memory = _memory(setup, settings, faculties=faculties, record=record)
    record.session_id = memory.session_id
    faculties.handles.session_began(memory.session_id)
    if not await _setup_succeeds(client, wrong, faculties.behaviour.setup_delay_s):
        return None
    record.ready_at = time.time()
    vertex = endpoint.service == "vertex"
    await client.send({"setupComplete": {"sessionId": memory.session_id} if vertex else {}})
    return Opened(settings, _conversation(settings, memory, faculties, wrong), wrong)


async def _first_frame(client: ClientSocket) -> bytes | None:
    try:
        async with asyncio.timeout(SETUP_WITHIN_S):
            return await client.receive()
    except TimeoutError as exc:
        raise Refused(1011, "Deadline expired before operation could complete.") from exc


def _check_handle(faults: Faults) -> None:
    """Refuse a handle where a fault asks for it, were it a good one."""
    match faults.handles:
        case None | "poison":
            return
        case "refuse":
            raise _unknown_handle()
        case HandleRefusal(refuse=close):
            raise Refused(close.code, close.reason)
        case _:
            assert_never(faults.handles)


def _unknown_handle() -> Refused:
    # What the real service does is not known; a client must not try the same handle again, and
    # 1007 is the code that says so.
    return Refused(1007, "Invalid session resumption handle.")


async def _setup_succeeds(client: ClientSocket, faults: Faults, usual_delay_s: float) -> bool:
    """Do what comes before setupComplete; return whether that is to be sent.

    Raises:
        Refused: A fault closes the connection instead.
    """
    delay_s = usual_delay_s if faults.setup_delay is None else faults.setup_delay
    if not await client.stays(delay_s):
        return False
    if faults.first_message is not None:
        await client.send(faults.first_message)
    if faults.setup_never:
        await client.stays(None)
        return False
    if faults.abort_at_setup:
        client.abort()
        return False
    if faults.close_at_setup is not None:
        raise Refused(faults.close_at_setup.code, faults.close_at_setup.reason)
    return True


def _memory(
    setup: Setup, settings: SessionSettings, *, faculties: Faculties, record: ConnectionRecord
) -> Memory:
    model = setup.model or ""
    if not settings.handle:
        return Memory(
            session_id=secrets.token_hex(16),
            connection_id=record.id,
            model=model,
            language=settings.language or FALLBACK_LANGUAGE,
            context=_preamble_tokens(settings),
        )
    kept = faculties.handles.redeem(settings.handle)
    if kept is None:
        raise _unknown_handle()
    if kept.model != model:
        raise wire.invalid("A resumed session keeps its model.")
    if faculties.handles.is_open(kept.session_id):
        # Reported of the real service in sip-to-ai#14.
        raise Refused(1011, "Internal error encountered.")
    record.resumed_from = kept.connection_id
    return replace(kept, connection_id=record.id, language=settings.language or kept.language)


def _preamble_tokens(settings: SessionSettings) -> Tokens:
    declared = b"".join(msgspec.json.encode(one) for one in settings.declarations)
    return text_tokens(f"{settings.instruction}{declared.decode()}")


def _conversation(
    settings: SessionSettings, memory: Memory, faculties: Faculties, faults: Faults
) -> Conversation:
    return Conversation(
        settings,
        memory,
        mind=faculties.mind,
        voice=faculties.voice,
        handles=faculties.handles,
        pace=faculties.pace,
        faults=faults,
        call_prefix=f"function-call-{secrets.token_hex(8)}",
    )
