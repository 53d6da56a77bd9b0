"""Tests for `actors.client_writer`."""

from __future__ import annotations

import asyncio

from actors.client_writer import ClientWriter
from actors.mailbox import Mailbox
from actors.outbox import Outbox
from schemas.messages import ClientStalled, Event
from schemas.server import Encode, Error, Pong, SpokenAudio, encode_v1, encode_v2
from tests.support.fake_socket import FakeSocket
from tests.support.moments import a_moment, now, seconds_pass


class Rig:
    """A client writer with what surrounds it."""

    def __init__(self, encode: Encode = encode_v2) -> None:
        self.socket = FakeSocket()
        self.outbox = Outbox(10_000, encode)
        self.inbox: Mailbox[Event] = Mailbox(9)
        self.writer = ClientWriter(self.socket, self.outbox, self.inbox, timeout_s=20)


async def test_what_is_in_the_outbox_reaches_the_phone_in_order() -> None:
    rig = Rig()
    rig.outbox.put(Pong())
    rig.outbox.put(SpokenAudio(b"\1\2"))
    rig.outbox.put(Error("x", "not_started"))
    writing = asyncio.create_task(rig.writer.run())
    await rig.outbox.wait_drained()
    error = {"type": "error", "message": "x", "code": "not_started", "retryable": False}
    assert (rig.socket.heard, rig.socket.sounds) == ([{"type": "pong"}, error], [b"\1\2"])
    rig.socket.leaves()
    rig.outbox.put(Pong())
    await writing
    assert rig.inbox.view().depth == 0


async def test_messages_are_sent_within_the_call_while_nothing_else_waits() -> None:
    rig = Rig()
    rig.writer.tell(Pong())
    rig.writer.tell(SpokenAudio(b"\1\2"))
    assert rig.socket.heard == []
    rig.writer.flush()
    assert (rig.socket.heard, rig.socket.sounds) == ([{"type": "pong"}], [b"\1\2"])
    assert rig.outbox.view().peak == 0


async def test_a_message_waits_for_those_before_it() -> None:
    rig = Rig()
    rig.socket.takes_nothing()
    rig.writer.tell(SpokenAudio(b"\1\2"))
    rig.writer.flush()
    rig.socket.takes_again()
    rig.writer.tell(Pong())
    rig.writer.flush()
    assert rig.socket.heard == []
    writing = asyncio.create_task(rig.writer.run())
    await rig.outbox.wait_drained()
    assert (rig.socket.heard, rig.socket.sounds) == ([{"type": "pong"}], [b"\1\2"])
    rig.socket.leaves()
    rig.writer.tell(Pong())
    rig.writer.flush()
    await writing


async def test_what_the_phones_protocol_has_no_word_for_is_not_sent() -> None:
    rig = Rig(encode_v1)
    rig.writer.tell(SpokenAudio(b"\1\2"))
    rig.writer.flush()
    assert (rig.socket.sounds, rig.outbox.view().peak) == ([], 0)


async def test_a_phone_that_nothing_fits_for_any_more_is_reported() -> None:
    rig = Rig()
    rig.socket.takes_nothing()
    rig.writer.tell(Error("x" * 10_000, "not_started"))
    rig.writer.flush()
    assert await rig.inbox.get() == ClientStalled()


async def test_a_phone_that_is_slow_for_a_while_is_waited_for() -> None:
    rig = Rig()
    rig.socket.takes_nothing()
    rig.outbox.put(Pong())
    writing = asyncio.create_task(rig.writer.run())
    await seconds_pass(19)
    rig.socket.takes_again()
    await a_moment()
    assert rig.socket.heard == [{"type": "pong"}]
    rig.socket.leaves()
    rig.outbox.put(Pong())
    await writing


async def test_a_phone_that_takes_nothing_is_reported_and_nobody_waits_for_it() -> None:
    rig = Rig()
    rig.socket.takes_nothing()
    rig.outbox.put(Pong())
    await rig.writer.run()
    assert now() == 20
    assert await rig.inbox.get() == ClientStalled()
    await rig.outbox.wait_drained()


async def test_when_the_phone_has_gone_nobody_waits_for_it() -> None:
    """The client reader sees the same end, and reports it."""
    rig = Rig()
    rig.socket.leaves()
    rig.outbox.put(Pong())
    await rig.writer.run()
    await rig.outbox.wait_drained()
    assert rig.inbox.view().depth == 0
