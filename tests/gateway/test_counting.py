from __future__ import annotations

from actors.tally import Tally
from gateway.counting import CountingObserver
from tests.support.recording_observer import RecordingObserver


def test_every_event_is_counted_by_its_name_and_severity_and_told() -> None:
    told, tally = RecordingObserver(), Tally()
    observer = CountingObserver(told, tally)
    bug = ValueError("oh")
    observer.rename("s-1")
    observer.note("go_away", time_left="10s")
    observer.warn("go_away", time_left="5s")
    observer.fail("session_broke", bug)
    observer.debug("event_handled", event="LinkOpened")
    assert tally.counts == {
        ("events", "event_handled", "DEBUG"): 1,
        ("events", "go_away", "INFO"): 1,
        ("events", "go_away", "WARNING"): 1,
        ("events", "session_broke", "ERROR"): 1,
    }
    assert told.names == ["s-1"]
    assert told.notes == [("go_away", {"time_left": "10s"})]
    assert told.warnings == [("go_away", {"time_left": "5s"})]
    assert told.failures == [("session_broke", bug, {})]
    assert told.debugged == [("event_handled", {"event": "LinkOpened"})]


def test_some_are_counted_by_what_they_say() -> None:
    tally = Tally()
    observer = CountingObserver(RecordingObserver(), tally)
    observer.note("link_opened", link=1, resumed=False)
    observer.note("link_opened", link=2, resumed=True)
    observer.warn("link_lost", code=1006, verdict="transient", closed_by="nobody")
    for code in (1001, 4009, 4999, None):
        observer.note("session_ended", code=code)
    observer.warn("speech_lost", ms=1_500)
    observer.warn("speech_lost", ms=500)
    observer.count("speech_lost", True, ms=7)
    counts = {key: count for key, count in tally.counts.items() if key[0] != "events"}
    assert counts == {
        ("link_opened", "false"): 1,
        ("link_opened", "true"): 1,
        ("link_lost", "transient", "nobody"): 1,
        ("session_ended", "1001"): 1,
        ("session_ended", "4009"): 1,
        ("session_ended", "other"): 2,
        ("speech_lost",): 2_007,
    }
