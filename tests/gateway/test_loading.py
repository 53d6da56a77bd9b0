from __future__ import annotations

import gc

import pytest

from gateway.loading import without_collecting


def test_nothing_is_collected_meanwhile_and_what_is_there_then_is_never_looked_at() -> None:
    with without_collecting():
        assert not gc.isenabled()
        loaded = [object()]
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    assert not any(each is loaded for each in gc.get_objects())


def test_when_loading_fails_garbage_is_collected_again() -> None:
    with pytest.raises(ImportError), without_collecting():
        raise ImportError
    assert gc.isenabled()
