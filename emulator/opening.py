"""The opening of a connection: credentials, the setup message, and the session it begins."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, replace

import msgspec

from emulator import wire
from emulator.client_socket import ClientSocket
from emulator.conversation import Conversation
from emulator.credentials import Credential, is_refused
from emulator.faculties import Faculties
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


async def open_session(
    client: ClientSocket,
    credential: Credential,
    *,
    endpoint: Endpoint,
    faculties: Faculties,
    record: ConnectionRecord,
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
    memory = _memory(setup, settings, faculties=faculties, record=record)
    record.session_id = memory.session_id
    await asyncio.sleep(faculties.behaviour.setup_delay_s)
    record.ready_at = time.time()
    vertex = endpoint.service == "vertex"
    await client.send({"setupComplete": {"sessionId": memory.session_id} if vertex else {}})
    return Opened(settings, _conversation(settings, memory, faculties))


async def _first_frame(client: ClientSocket) -> bytes | None:
    try:
        async with asyncio.timeout(SETUP_WITHIN_S):
            return await client.receive()
    except TimeoutError as exc:
        raise Refused(1011, "Deadline expired before operation could complete.") from exc


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
        # What the real service does is not known; a client must not try the same handle again,
        # and 1007 is the code that says so.
        raise Refused(1007, "Invalid session resumption handle.")
    if kept.model != model:
        raise wire.invalid("A resumed session keeps its model.")
    record.resumed_from = kept.connection_id
    return replace(kept, connection_id=record.id, language=settings.language or kept.language)


def _preamble_tokens(settings: SessionSettings) -> Tokens:
    declared = b"".join(msgspec.json.encode(one) for one in settings.declarations)
    return text_tokens(f"{settings.instruction}{declared.decode()}")


def _conversation(settings: SessionSettings, memory: Memory, faculties: Faculties) -> Conversation:
    return Conversation(
        settings,
        memory,
        mind=faculties.mind,
        voice=faculties.voice,
        handles=faculties.handles,
        pace=faculties.pace,
        call_prefix=f"function-call-{secrets.token_hex(8)}",
    )
