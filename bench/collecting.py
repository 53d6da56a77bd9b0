"""Runs a module as `python -m` does, and collects its garbage whenever SIGUSR1 tells it to.

    python -m bench.collecting MODULE [ARGUMENT…]

Connections that were closed leave cycles behind, with the buffers of their TLS; they are collected
when Python finds it worth while, and the freed memory stays with the process. Both would hide what
is kept on purpose.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import runpy
import signal
import sys
from types import FrameType


def main() -> None:
    """Run the module."""
    signal.signal(signal.SIGUSR1, _collect)
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _collect(number: int, frame: FrameType | None) -> None:
    del number, frame
    gc.collect()
    # Only glibc has it, and only glibc needs it.
    with contextlib.suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


if __name__ == "__main__":
    main()
