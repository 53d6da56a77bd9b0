from __future__ import annotations

import pytest

from emulator.distortion import distort
from emulator.faults import NO_FAULTS, Faults
from emulator.wire import ServerMessage, resumption_update, server_content

DONE = server_content(turnComplete=True)


@pytest.mark.parametrize(
    ("faults", "update"),
    [
        (NO_FAULTS, {"newHandle": "h", "resumable": True}),
        (Faults(not_resumable=True), {"newHandle": "", "resumable": False}),
        (Faults(handle_with_false=True), {"newHandle": "h", "resumable": False}),
    ],
)
def test_updates_of_the_handle_are_spoilt_where_that_was_asked_for(
    faults: Faults, update: ServerMessage
) -> None:
    messages = distort([DONE, resumption_update("h")], faults)
    assert messages == [DONE, {"sessionResumptionUpdate": update}]
