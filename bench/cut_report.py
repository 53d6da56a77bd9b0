"""What cutting phones off came to, and whether that is as it should be. Pure but for printing."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from bench.asked import Asked
from bench.cut_shopper import CutShopper
from bench.loglines import exception_lines
from bench.recording import Item
from bench.story import Story

_SHOWN: Final = 5
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class Ending:
    """One shopper at the end.

    Attributes:
        story: what was asked for and what came.
        on_the_service: the list that the last `session` message brought.
    """

    shopper: CutShopper
    story: Story
    on_the_service: Sequence[Mapping[str, Any]]


def report(endings: Sequence[Ending], cuts: Counter[str], asked: Asked, log: Sequence[str]) -> int:
    """Print it; return 1 when something was lost, doubled or unequal, or a session not resumed."""
    shoppers = [ending.shopper for ending in endings]
    print(f"cuts                      {sum(cuts.values())}: {_counted(cuts)}")
    wrong = [
        not cuts,
        _resumes_wrong(shoppers),
        _speech_wrong(endings),
        _events_wrong(endings, asked),
        _lists_wrong(endings),
        _troubled(shoppers),
        bool(exception_lines(log)),
    ]
    print(f"exceptions in the log     {len(exception_lines(log))}")
    for line in exception_lines(log)[:_SHOWN]:
        print(f"  {line[:400]}")
    return int(any(wrong))


def _resumes_wrong(shoppers: Sequence[CutShopper]) -> bool:
    notebooks = [shopper.phone.notebook for shopper in shoppers]
    resumed = sum(shopper.phone.resumed for shopper in shoppers)
    fresh = sum(shopper.phone.fresh for shopper in shoppers)
    took_ms = [took * 1000 for shopper in shoppers for took in shopper.took_s]
    print(f"resumes                   {resumed}, and {fresh} fresh sessions instead")
    print(f"replayed                  {sum(each.missed for each in notebooks)} events that the "
          f"phones had missed, {sum(each.again for each in notebooks)} that they had")  # fmt: skip
    if took_ms:
        print(f"time to resume            {statistics.median(took_ms):.0f} ms median, "
              f"{max(took_ms):.0f} ms worst")  # fmt: skip
    return not resumed or bool(fresh)


def _speech_wrong(endings: Sequence[Ending]) -> bool:
    """What was cut in the phone may be damaged, so that it is not heard; the rest must be."""
    spoken = [
        (each.whole, all(item in ending.story.asked for item in each.items))
        for ending in endings
        for each in ending.shopper.spoken
    ]
    whole, cut = (
        [heard for is_whole, heard in spoken if is_whole is kind] for kind in (True, False)
    )
    print(f"sentences spoken whole    {len(whole)}, {whole.count(False)} of them not heard")
    print(f"  cut in the phone        {len(cut)}, {cut.count(False)} of them not heard")
    return False in whole


def _events_wrong(endings: Sequence[Ending], asked: Asked) -> bool:
    stories = [ending.story for ending in endings]
    typed = [item for ending in endings for item in ending.shopper.typed]
    print(f"typed                     {len(typed)} products")
    print(f"by hand                   {sum(len(story.by_hand) for story in stories)} edits, "
          f"{sum(len(story.undone) for story in stories)} undos")  # fmt: skip
    print(f"Gemini was asked for      {sum(len(story.asked) for story in stories)} operations, "
          f"{asked.repeated} of them again")  # fmt: skip
    lost = _each(endings, lambda ending: [*ending.story.lost(), *_untold(ending)])
    doubled = _each(endings, lambda ending: ending.story.doubled())
    holes = sum(ending.shopper.phone.notebook.holes for ending in endings)
    print(f"lost                      {len(lost)} {lost[:_SHOWN]}")
    print(f"doubled                   {len(doubled)} {doubled[:_SHOWN]}")
    print(f"numbers passed over       {holes}")
    return not any(story.asked for story in stories) or bool(lost or doubled or holes)


def _lists_wrong(endings: Sequence[Ending]) -> bool:
    unequal = _each(
        endings,
        lambda ending: [
            *ending.story.differences(ending.shopper.phone.notebook.amounts()),
            *ending.shopper.phone.notebook.differences(ending.on_the_service),
        ],
    )
    equal = len(endings) - len({number for number, _ in unequal})
    print(f"lists                     {equal} of {len(endings)} equal: the phone's, the service's, "
          "and what was asked for")  # fmt: skip
    for number, difference in unequal[:_SHOWN]:
        print(f"  shopper {number}: {difference}")
    return bool(unequal)


def _troubled(shoppers: Sequence[CutShopper]) -> bool:
    codes = Counter(str(code) for shopper in shoppers for code in shopper.closed_by_service)
    errors = Counter(
        str(error.get("code")) for shopper in shoppers for error in shopper.phone.errors()
    )
    gaps_ms = sum(
        told["ms"]
        for shopper in shoppers
        for _, told in shopper.phone.told
        if told["type"] == "audio_gap"
    )
    troubled = [shopper for shopper in shoppers if shopper.trouble]
    print(f"speech told as lost       {gaps_ms} ms; errors: {_counted(errors) or 'none'}")
    print(f"closed by the service     {_counted(codes) or 'none'}")
    without_ref = sum(len(shopper.without_ref) for shopper in shoppers)
    print(f"requests                  {without_ref} whose products came without their `ref`")
    print(f"phones in trouble         {len(troubled)}")
    for shopper in troubled[:_SHOWN]:
        print(f"  shopper {shopper.number}: {shopper.trouble}")
    return bool(codes or errors or without_ref or troubled)


def _untold(ending: Ending) -> list[Item]:
    """Return what was typed and Gemini never asked for."""
    return [item for item in ending.shopper.typed if item not in ending.story.asked]


def _each(
    endings: Sequence[Ending], found: Callable[[Ending], Sequence[_Found]]
) -> list[tuple[int, _Found]]:
    return [(ending.shopper.number, each) for ending in endings for each in found(ending)]


def _counted(counts: Counter[str]) -> str:
    return ", ".join(f"{text} ({count})" for text, count in counts.most_common(_SHOWN))
