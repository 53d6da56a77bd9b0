"""What `perf script` and `strace -c` print, attributed to parts of the work. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

WRITE: Final = "kernel: write, loopback's receiving included"
READ: Final = "kernel: read"
POLL: Final = "kernel: epoll"
KERNEL: Final = "kernel: other calls, interrupts"
TLS: Final = "OpenSSL"
LIBC: Final = "libc: copies, memory, clock"
LOOP: Final = "uvloop, with libuv"
TUNNEL: Final = "HAProxy's own code"
PYTHON: Final = "Python: interpreter, extension modules"
UNKNOWN: Final = "not attributed"
PARTS: Final = (WRITE, READ, POLL, KERNEL, TLS, LIBC, LOOP, TUNNEL, PYTHON, UNKNOWN)

_FRAME: Final = re.compile(r"^\s*[0-9a-f]+ (?P<symbol>.*) \((?P<object>.*?)\)\s*$")
_CALL: Final = re.compile(r"^\s*[\d.]+\s+[\d.]+\s+\d+\s+(?P<calls>\d+)\s+(?:\d+\s+)?(?P<name>\w+)$")
_CALLS: Final = (
    # An interrupt may come in the middle of a call, and is none of its work.
    (KERNEL, ("sysvec_", "common_interrupt", "asm_exc_")),
    (POLL, ("epoll",)),
    (WRITE, ("sys_write", "sys_send", "libc_write", "__send")),
    (READ, ("sys_read", "sys_recv", "libc_read", "__recv")),
)
_OBJECTS: Final = (
    (TLS, ("libssl", "libcrypto")),
    (LIBC, ("libc.so", "libc-", "ld-linux", "libpthread", "[vdso]", "[vsyscall]")),
    (LOOP, ("uvloop/",)),
    (TUNNEL, ("/haproxy",)),
    (PYTHON, ("libpython", "/python3", ".cpython-", ".abi3.so")),
)


class Frame(NamedTuple):
    """One line of a sample's stack.

    Attributes:
        symbol: the function.
        of: the shared object, or ``[kernel.kallsyms]``.
    """

    symbol: str
    of: str


def attributed(script: str) -> Counter[str]:
    """Return how many samples each part has.

    Args:
        script: what ``perf script -F ip,sym,dso`` printed of a recording with stacks.
    """
    return Counter(_part(stack) for stack in _stacks(script))


def calls(summary: str) -> dict[str, int]:
    """Return how often each system call was made, by what ``strace -c`` printed."""
    found = (_CALL.match(line) for line in summary.splitlines())
    counts = {match["name"]: int(match["calls"]) for match in found if match}
    counts.pop("total", None)
    return counts


def scaled(counts: Mapping[str, int], whole: float) -> dict[str, float]:
    """Return `whole` divided as `counts` are."""
    samples = sum(counts.values())
    return {name: whole * count / samples for name, count in counts.items()}


def _stacks(script: str) -> Iterator[Sequence[Frame]]:
    for block in re.split(r"\n\s*\n", script):
        matches = (_FRAME.match(line) for line in block.splitlines())
        frames = [Frame(match["symbol"], match["object"]) for match in matches if match]
        if frames:
            yield frames


def _part(stack: Sequence[Frame]) -> str:
    """Return where a sample belongs, by its innermost frame; of the kernel's, by all of them.

    The frames above a library's own are no good: it has no frame pointers.
    """
    innermost = stack[0].of
    if _of_kernel(innermost):
        kernel = [frame.symbol for frame in stack if _of_kernel(frame.of)]
        # Whoever hides the kernel's symbols shows libc's at least.
        entry = [frame.symbol for frame in stack[len(kernel) : len(kernel) + 1]]
        return _named(_CALLS, [*kernel, *entry], KERNEL)
    return _named(_OBJECTS, [innermost], UNKNOWN)


def _of_kernel(name: str) -> bool:
    return name.startswith("[") and name not in {"[vdso]", "[vsyscall]", "[unknown]"}


def _named(table: Sequence[tuple[str, Sequence[str]]], names: Sequence[str], otherwise: str) -> str:
    for part, needles in table:
        if any(needle in name for name in names for needle in needles):
            return part
    return otherwise
