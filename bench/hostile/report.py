"""What came of the cases, and what the honest shoppers noticed of it. Pure, but for printing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from bench.compare.percentiles import percentiles
from bench.loglines import error_lines, exception_lines
from bench.recording import Item
from bench.shopper import Shopper

MOST_SLOWER: Final = 2.0
"""The most that the 99th percentile of a delay may grow by, as a factor."""
_SHOWN: Final = 5
Window: TypeAlias = tuple[float, float]
"""Beginning and end, in Unix seconds."""


@dataclass(frozen=True, slots=True)
class Delays:
    """Milliseconds from Gemini's call, and from a sentence's end, until its product is told."""

    from_call: Sequence[float]
    from_voice: Sequence[float]


def delays(
    shoppers: Sequence[Shopper],
    called: Mapping[str, Mapping[Item, float]],
    windows: Sequence[Window],
) -> Delays:
    """Return the delays of the products that Gemini called for within `windows`.

    Args:
        shoppers: all of them.
        called: by language, what Gemini called for and when.
        windows: when.
    """
    from_call: list[float] = []
    from_voice: list[float] = []
    for shopper in shoppers:
        calls = called.get(shopper.language, {})
        ends = {item: said.ends_at for said in shopper.said for item in said.items}
        for at, item in shopper.arrivals():
            if item not in calls or item not in ends:
                continue
            if any(begins <= calls[item] < ends_at for begins, ends_at in windows):
                from_call.append(1000 * (at - calls[item]))
                from_voice.append(1000 * (at - ends[item]))
    return Delays(from_call, from_voice)


def print_cases(cases: Sequence[Mapping[str, Any]]) -> list[str]:
    """Print a row each; return the names of those that came out otherwise than documented."""
    width = max(len(case["case"]) for case in cases)
    expected = max(len(case["expected"]) for case in cases)
    group = ""
    for case in cases:
        if case["group"] != group:
            group = case["group"]
            print(f"\n{group + ': case':<{width}}  {'expected':<{expected}}  times  got")
        right = case["got"] == case["expected"]
        got = case["got"] if right else f"{case['got']}  <- WRONG"
        print(f"{case['case']:<{width}}  {case['expected']:<{expected}}  {case['times']:>5}  {got}")
    wrong = [case for case in cases if case["got"] != case["expected"]]
    print(f"\n{len(cases)} cases, {sum(case['times'] for case in cases)} attacks, "
          f"{len(wrong)} cases not as documented")  # fmt: skip
    return [f"{case['group']}: {case['case']}" for case in wrong]


def print_shoppers(shoppers: Sequence[Shopper]) -> list[str]:
    """Print what they asked for and got; return what is wrong with it."""
    expected = sum(len(shopper.expected()) for shopper in shoppers)
    received = sum(len(shopper.received()) for shopper in shoppers)
    lost = [(shopper.number, item) for shopper in shoppers for item in shopper.missing()]
    doubled = [(shopper.number, item) for shopper in shoppers for item in shopper.doubled()]
    errors = [(shopper.number, text) for shopper in shoppers for text in shopper.errors()]
    troubled = [(each.number, each.trouble) for each in shoppers if each.trouble]
    late_ms = max((each.phone.late_ms for each in shoppers if each.phone), default=0.0)
    print(f"honest sessions           {len(shoppers)}, {len(troubled)} in trouble {troubled}")
    print(f"products                  {expected} expected, {received} received")
    print(f"lost                      {len(lost)} {lost[:_SHOWN]}")
    print(f"doubled                   {len(doubled)} {doubled[:_SHOWN]}")
    print(f"errors told               {len(errors)} {errors[:_SHOWN]}")
    print(f"latest chunk sent         {late_ms:.0f} ms after its time, by these phones")
    found = {
        "nothing was asked for": not expected,
        "a product was lost": lost,
        "a product came twice": doubled,
        "an honest phone was told of an error": errors,
        "an honest session was in trouble": troubled,
    }
    return [what for what, is_so in found.items() if is_so]


def print_delays(quiet: Delays, attacked: Delays) -> list[str]:
    """Print the delays without and with the attack; return which of them grew too much."""
    print(f"{'delays in ms':<26}{'without attack':<28}under attack")
    wrong = []
    for name, before, after in (
        ("Gemini's call to phone", quiet.from_call, attacked.from_call),
        ("sentence's end to phone", quiet.from_voice, attacked.from_voice),
    ):
        was, is_ = percentiles(before), percentiles(after)
        print(f"{name:<26}{_shown(was, before):<28}{_shown(is_, after)}")
        if not was or not is_ or is_["p99"] > MOST_SLOWER * was["p99"]:
            wrong.append(f"{name}: p99 is not within {MOST_SLOWER:g} times")
        elif was["p99"] > 0:
            print(f"{'':<26}p99 {is_['p99'] / was['p99']:.2f} times, at most {MOST_SLOWER:g}")
    return wrong


def print_log(log: Sequence[str], secrets: Sequence[str]) -> list[str]:
    """Print what the log says that it should not; return what is wrong."""
    errors, exceptions = error_lines(log), exception_lines(log)
    told = [line for line in log if any(secret in line for secret in secrets)]
    print(f"ERROR lines in the log    {len(errors)}")
    print(f"exceptions in the log     {len(exceptions)}")
    for line in [*errors, *exceptions][:_SHOWN]:
        print(f"  {line[:400]}")
    print(f"lines with a secret       {len(told)}")
    found = {
        "the log has errors": errors,
        "the log has exceptions": exceptions,
        "the log tells a secret": told,
    }
    return [what for what, is_so in found.items() if is_so]


def _shown(shares: Mapping[str, float], values: Sequence[float]) -> str:
    if not shares:
        return "not measured"
    return f"p50 {shares['p50']:.1f}, p99 {shares['p99']:.1f} ({len(values)})"
