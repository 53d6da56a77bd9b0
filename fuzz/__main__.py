"""`make fuzz`: a million broken frames for the decoders; exit code 1 if one broke its promise."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from fuzz.run import Tally, run
from fuzz.targets import TARGETS

_PIECE: Final = 10_000
"""Inputs of one seed; pieces are dealt out to processes."""


def main() -> int:
    """Run all targets; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000, help="default: %(default)s")
    parser.add_argument("--seed", type=int, help="default: a random one, which is printed")
    arguments = parser.parse_args()
    seed: int = secrets.randbelow(10**9) if arguments.seed is None else arguments.seed
    each = -(-arguments.inputs // len(TARGETS))
    pieces = [
        (index, seed + first, min(_PIECE, each - first))
        for index in range(len(TARGETS))
        for first in range(0, each, _PIECE)
    ]
    sys.stdout.write(f"seed {seed}, {sum(piece[2] for piece in pieces)} inputs\n")
    tallies = [Tally() for _ in TARGETS]
    began = time.monotonic()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for piece, tally in zip(pieces, pool.map(run, *zip(*pieces, strict=True)), strict=True):
            tallies[piece[0]].add(tally)
    _print(tallies, time.monotonic() - began)
    return int(any(tally.outcomes["broken"] for tally in tallies))


def _print(tallies: list[Tally], took_s: float) -> None:
    row = "{:<22}{:>10}{:>10}{:>10}{:>8}{:>12}\n"
    lines = [row.format("decoder", "inputs", "taken", "refused", "broken", "longest, B")]
    for target, tally in zip(TARGETS, tallies, strict=True):
        counts = tally.outcomes
        numbers = (counts[name] for name in ("taken", "refused", "broken"))
        lines.append(row.format(target.name, counts.total(), *numbers, tally.most_bytes))
    total = sum(tally.outcomes.total() for tally in tallies)
    lines.append(f"{total} inputs in {took_s:.0f} s, {total / took_s:.0f} a second\n")
    lines += [finding for tally in tallies for finding in tally.findings]
    sys.stdout.write("".join(lines))


if __name__ == "__main__":
    sys.exit(main())
