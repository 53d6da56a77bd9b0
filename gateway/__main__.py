"""The process, from its first moment on: until all is loaded, Ctrl-C just ends it.

Python's own answer would be a traceback out of whichever import was under way. So nothing is
imported at the top here that takes time.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Sequence

_INTERRUPTED = 130
"""What shells report for SIGINT."""
_UNREAD = 141
"""What shells report for SIGPIPE, by which programs end whose output is read no more."""


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command; return its exit code."""
    answer = signal.getsignal(signal.SIGINT)
    if answer is signal.default_int_handler:  # else somebody wants it ignored
        signal.signal(signal.SIGINT, _leave)
    try:
        try:
            from gateway.command_line import chosen  # noqa: PLC0415 - it takes time

            run = chosen(sys.argv[1:] if argv is None else argv)
        finally:
            signal.signal(signal.SIGINT, answer)
        code = run()
        sys.stdout.flush()
    except KeyboardInterrupt:
        return _INTERRUPTED
    except BrokenPipeError:
        if not _nobody_reads():
            raise
        return _UNREAD
    return code


def _nobody_reads() -> bool:
    """Whether stdout is a pipe that is closed, as `head` does it; then let no more go there."""
    closed = select.poll()
    closed.register(sys.stdout.fileno(), 0)
    if not closed.poll(0):
        return False
    # The interpreter tries once more when it ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return True


def _leave(*_: object) -> None:
    """End the process: it has begun nothing that would have to be finished."""
    os._exit(_INTERRUPTED)


if __name__ == "__main__":
    sys.exit(main())
