"""Says every sentence of the corpora to the whole gateway, and counts what the phone is told.

python -m bench.detect [--ways typed spoken careless] [--languages pl en] [--write FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.detect.careless import Took, run_careless
from bench.detect.corpus import LANGUAGES, careless, cases, noted
from bench.detect.run import LANES, run
from bench.detect.score import WAYS, Outcome
from bench.detect.table import chosen, exact_share, tables, written_into
from bench.processes import EmulatorProcess, GatewayProcess, folder_for_logs, running

TYPED_EXACT: Final = 0.98
"""The least share of typed sentences, of each language, that must be exactly right."""
_CARELESS: Final = "careless"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; return 1 when too much is wrong of what was typed, or anything of careless calls."""
    parser = argparse.ArgumentParser(prog="bench.detect", description=__doc__)
    ways = [*WAYS, _CARELESS]
    parser.add_argument("--ways", nargs="+", choices=ways, default=ways)
    parser.add_argument("--languages", nargs="+", choices=LANGUAGES, default=list(LANGUAGES))
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the tables there too")
    parser.add_argument("--folder", type=Path, metavar="DIR", help="keep the logs there")
    given = parser.parse_args(arguments)
    with folder_for_logs(given.folder) as folder:
        outcomes = _say(folder / "said", given.ways, given.languages)
        taken = _call(folder / "careless", given.ways, given.languages)
    text = tables(outcomes, taken)
    print(text)
    if given.write is not None:
        given.write.write_text(written_into(given.write.read_text(), text))
    shares = [exact_share(chosen(outcomes, one, "typed")) for one in given.languages]
    return int(min(shares) < TYPED_EXACT or any(each.wrong for each in taken))


def _say(folder: Path, ways: Sequence[str], languages: Sequence[str]) -> list[Outcome]:
    folder.mkdir(exist_ok=True)
    emulator, gateway = EmulatorProcess(folder), GatewayProcess(folder)
    with running(emulator, gateway):
        return asyncio.run(_said(gateway.port, ways, languages))


async def _said(port: int, ways: Sequence[str], languages: Sequence[str]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for way in (way for way in WAYS if way in ways):
        corpus = [case for language in languages for case in cases(language)]
        put_in = [case for case in corpus if way == "typed" or case.spoken]
        outcomes += await run(port, put_in, way, lanes=LANES[way], progress=_progress)
    return outcomes


def _call(folder: Path, ways: Sequence[str], languages: Sequence[str]) -> list[Took]:
    if _CARELESS not in ways:
        return []
    folder.mkdir(exist_ok=True)
    calls = [calls for language in languages for calls in careless(language)]
    # One of its own, which has seen no link yet.
    emulator, gateway = EmulatorProcess(folder, ("--ears", "none")), GatewayProcess(folder)
    with running(emulator, gateway):
        return asyncio.run(run_careless(gateway.port, emulator, calls))


def _progress(outcome: Outcome) -> None:
    if not outcome.exact:
        told = noted(outcome.told) or "nothing"
        print(f"{outcome.way}: {outcome.case}: {told} {outcome.trouble}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
