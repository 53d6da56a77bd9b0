"""An upstream in memory: links of `FakeConnector`, and what it says of its health."""

from __future__ import annotations

from schemas.admin import UpstreamHealth
from tests.support.fake_gemini import FakeConnector

WELL = UpstreamHealth(
    kind="gemini",
    model="gemini-3.8-live",
    url="https://gemini.test",
    last_success=None,
    last_failure=None,
    last_failure_class=None,
    open_links=0,
)


class FakeUpstream(FakeConnector):
    """Satisfies `gateway.upstream_keeper.ColdUpstream`."""

    def __init__(self) -> None:
        super().__init__()
        self.told = WELL
        self.warmed_up = 0
        self.broken: Exception | None = None

    def health(self) -> UpstreamHealth:
        """Return what the test chose, or raise what it broke it with."""
        if self.broken is not None:
            raise self.broken
        return self.told

    async def warm_up(self) -> None:
        """Count."""
        self.warmed_up += 1
