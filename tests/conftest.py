"""Every test runs on virtual time, except those below `tests/e2e`, which use real sockets."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvloop
from hypothesis import HealthCheck, settings

from tests.support.virtual_clock import VirtualClockLoop

E2E = Path(__file__).parent / "e2e"

# How long an example takes is the machine's affair.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def _nothing_frozen() -> Iterator[None]:
    """Let what a test leaves behind be found, even when it loaded code as a service does."""
    yield
    gc.unfreeze()


def pytest_asyncio_loop_factories(
    item: pytest.Item,
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    if E2E in item.path.parents:
        real = {"real": asyncio.new_event_loop}
        both = item.get_closest_marker("both_loops")
        return real if both is None else {**real, "uvloop": uvloop.new_event_loop}
    return {"virtual": VirtualClockLoop}


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Collect what real sockets left: google-genai's clients begin a task when they are freed.

    That would be a task of whichever test runs then.
    """
    if E2E in item.path.parents and nextitem is not None and E2E not in nextitem.path.parents:
        gc.collect()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if E2E in item.path.parents:
            item.add_marker(pytest.mark.e2e)
    if hasattr(config, "workerinput"):
        # Workers get file after file: the short ones come last, so that all end at the same time.
        items.sort(key=lambda item: E2E not in item.path.parents)
