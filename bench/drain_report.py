"""What ending an instance under its phones came to, and whether that is as it should be. Pure."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.drain_shopper import DrainShopper
from bench.loglines import exception_lines

SHOWN: Final = 5
CLOSE_CODE: Final = 1012
CLOSING_S: Final = 1.0
"""What closing sockets may take after DRAIN_TIMEOUT."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How the instance ended.

    Attributes:
        code: its exit code, ``None`` if it did not end.
        took_s: seconds from SIGTERM to its end.
        drain_timeout_s: its DRAIN_TIMEOUT.
        listed: sessions that the other instance listed afterwards.
    """

    code: int | None
    took_s: float
    drain_timeout_s: float
    listed: int


def report(shoppers: Sequence[DrainShopper], exit_: Exit, log: Sequence[str]) -> int:
    """Print it; return 1 when something was lost or doubled, or the end was not as it should be."""
    print(f"exit code                 {exit_.code}")
    print(f"from SIGTERM to exit      {exit_.took_s:.2f} s of {exit_.drain_timeout_s:g} s and "
          f"{CLOSING_S:g} s for closing sockets")  # fmt: skip
    codes = Counter(str(code) for shopper in shoppers for _, code in shopper.closed)
    resumed = sum(shopper.phone.resumed for shopper in shoppers)
    fresh = sum(shopper.phone.fresh for shopper in shoppers)
    cut = sum(shopper.in_mid_sentence for shopper in shoppers)
    print(f"phones                    {len(shoppers)}; closed with {dict(codes)}, {cut} of them in "
          "mid-sentence")  # fmt: skip
    print(f"sessions resumed          {resumed}, {exit_.listed} of them listed by the other "
          f"instance; {fresh} fresh ones instead")  # fmt: skip
    asked = sum(len(shopper.expected) for shopper in shoppers)
    received = sum(len(shopper.received()) for shopper in shoppers)
    lost = [(shopper.number, item) for shopper in shoppers for item in shopper.lost()]
    doubled = [(shopper.number, item) for shopper in shoppers for item in shopper.doubled()]
    again = sum(shopper.phone.notebook.again for shopper in shoppers)
    holes = sum(shopper.phone.notebook.holes for shopper in shoppers)
    untold_ms = sum(shopper.untold_ms() for shopper in shoppers)
    print(f"products                  {asked} asked for, {received} received, {again} told again "
          "and known by their number")  # fmt: skip
    print(f"lost                      {len(lost)} {lost[:SHOWN]}")
    print(f"doubled                   {len(doubled)} {doubled[:SHOWN]}")
    print(f"numbers passed over       {holes}")
    print(f"speech told as lost       {untold_ms} ms")
    gaps = [gap for shopper in shoppers if (gap := shopper.gaps_s()) is not None]
    for name, at in (("nobody listened for", 0), ("since the last message", 1)):
        if gaps:
            each = [gap[at] for gap in gaps]
            print(f"{name:<26}{1000 * statistics.median(each):.0f} ms median, "
                  f"{1000 * max(each):.0f} ms worst")  # fmt: skip
    exceptions = exception_lines(log)
    print(f"exceptions in the logs    {len(exceptions)}")
    for line in exceptions[:SHOWN]:
        print(f"  {line[:400]}")
    promises = {
        "the instance did not end with code 0": exit_.code == 0,
        "it took too long": exit_.took_s <= exit_.drain_timeout_s + CLOSING_S,
        "a phone was not closed with 1012, once": codes == {str(CLOSE_CODE): len(shoppers)},
        "a session was not resumed": resumed == len(shoppers) and not fresh,
        "the other instance lacks a session": exit_.listed == len(shoppers),
        "nothing was asked for": asked > 0,
        "something was lost": not lost and not holes and not untold_ms,
        "something was doubled": not doubled,
        "a shopper noticed for ever": len(gaps) == len(shoppers),
        "there was an exception": not exceptions,
    }
    broken = [promise for promise, kept in promises.items() if not kept]
    print(f"broken promises           {'; '.join(broken) or 'none'}")
    return int(bool(broken))
