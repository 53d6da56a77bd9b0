"""Tests for `schemas.cluster`."""

from __future__ import annotations

import pytest

from schemas.admin import EndedSession, SessionSummary
from schemas.cluster import (
    Answer,
    Ask,
    ClusterMessageInvalid,
    LetGo,
    Listed,
    ListSessions,
    NotHere,
    decode,
    encode,
)


def test_a_message_is_read_as_it_was_written() -> None:
    row = SessionSummary("ala", "s1", "idle", "then", "now", "one")
    for message in (
        Ask("1", "one", LetGo("ala", "s1")),
        Answer("1", "two", Listed((row,))),
        Ask("1", "one", ListSessions(ended=True)),
        Answer("1", "two", Listed((), (EndedSession.of(row, close_code=4010),))),
        Answer("1", "two", NotHere()),
    ):
        assert decode(encode(message)) == message


def test_the_wire_says_what_it_is_about() -> None:
    assert encode(Ask("1", "one", LetGo("ala", "s1"))) == (
        b'{"type":"ask","id":"1","sender":"one",'
        b'"request":{"type":"let_go","user_id":"ala","session_id":"s1"}}'
    )


def test_what_an_older_instance_says_of_its_sessions_is_read() -> None:
    asked = b'{"type":"ask","id":"1","sender":"one","request":{"type":"list"}}'
    assert decode(asked) == Ask("1", "one", ListSessions(ended=False))
    told = b'{"type":"answer","id":"1","sender":"two","reply":{"type":"listed","sessions":[]}}'
    assert decode(told) == Answer("1", "two", Listed((), ended=()))


@pytest.mark.parametrize(
    "text", [b"", b"{", b"\xff", b"[]", b'{"type":"ask"}', b'{"type":"more"}', b'"\xff"']
)
def test_what_is_no_message_is_refused(text: bytes) -> None:
    with pytest.raises(ClusterMessageInvalid):
        decode(text)
