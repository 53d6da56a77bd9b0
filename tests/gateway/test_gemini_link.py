"""Tests for `gateway.gemini_link`: what has come already; test_gemini_upstream has the rest."""

from __future__ import annotations

from gateway.gemini_link import WebSocketLink
from gateway.gemini_models import profile_of
from schemas.gemini import GeminiMessage, ServerContent
from tests.support.gemini_peer import Peer, opened
from tests.support.recording_observer import RecordingObserver


async def test_what_has_come_is_read_without_waiting_and_what_cannot_be_is_passed_over() -> None:
    peer, observer = Peer(), RecordingObserver()
    socket = await opened(peer)
    link = WebSocketLink(socket, profile=profile_of("a-model"), observer=observer)
    for frame in (b"{", b'{"serverContent":{"turnComplete":true}}', b"{}", b"}"):
        peer.server.send_binary(frame)
    peer.say()
    assert link.receive_now() == GeminiMessage(server_content=ServerContent(turn_complete=True))
    assert await link.receive() == GeminiMessage()
    assert link.receive_now() is None
    assert [event for event, _ in observer.warnings] == ["gemini_message_invalid"] * 2
    await socket.close()
