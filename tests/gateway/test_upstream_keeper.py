from __future__ import annotations

from actors.ports import LinkRequest
from gateway.emulator_child import EmulatorReady
from gateway.gemini_options import UpstreamOptions
from gateway.upstream import UpstreamSlot
from gateway.upstream_keeper import UpstreamKeeper
from tests.support.fake_upstream import FakeUpstream
from tests.support.recording_observer import RecordingObserver

OPTIONS = UpstreamOptions(kind="gemini", model="gemini-3.8-live", api_key="k")


async def test_gemini_is_warmed_up_before_it_is_used_and_then_reported_ready() -> None:
    upstream, observer = FakeUpstream(), RecordingObserver()
    slot = UpstreamSlot(OPTIONS, observer)
    made: list[UpstreamOptions] = []
    told: list[EmulatorReady | None] = []

    def make(options: UpstreamOptions) -> FakeUpstream:
        made.append(options)
        return upstream

    await UpstreamKeeper(slot=slot, make=make, observer=observer, on_ready=told.append).use_gemini(
        OPTIONS
    )
    assert made == [OPTIONS]
    assert upstream.warmed_up == 1
    assert told == [None]
    assert observer.noted("ready") == [{"upstream": "gemini", "model": "gemini-3.8-live"}]
    async with slot.connect(LinkRequest("pl-PL")):
        assert len(upstream.open_links) == 1
