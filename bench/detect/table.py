"""The tables of a run, as Markdown. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from bench.detect.careless import Took
from bench.detect.corpus import KINDS, LANGUAGES, noted
from bench.detect.score import WAYS, Outcome, Way, tallies

BEGIN: Final = "<!-- what `make detect` wrote begins here -->"
END: Final = "<!-- and ends here -->"


def exact_share(outcomes: Sequence[Outcome]) -> float:
    """Return the share of sentences that were exactly right; 1 of none."""
    return sum(each.exact for each in outcomes) / len(outcomes) if outcomes else 1.0


def chosen(outcomes: Sequence[Outcome], language: str, way: Way) -> list[Outcome]:
    """Return the outcomes of a language, ``pl`` or ``en``, and a way."""
    return [
        each for each in outcomes if each.case.language.startswith(language) and each.way == way
    ]


def tables(outcomes: Sequence[Outcome], taken: Sequence[Took]) -> str:
    """Return all tables: sentences, parts, kinds and what was wrong; then careless calls."""
    parts: list[Iterator[str]] = []
    if outcomes:
        parts += [_sentences(outcomes), _parts(outcomes), _kinds(outcomes), _wrong(outcomes)]
    if taken:
        parts += [_careless(taken), _otherwise(taken)]
    return "\n\n".join("\n".join(part) for part in parts)


def written_into(page: str, text: str) -> str:
    """Return a page with a text between its two marks.

    Raises:
        ValueError: the page has no marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page has no place for the tables")
    return f"{before}{begin}\n\n{text}\n\n{end}{after}"


def _groups(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, Way, list[Outcome]]]:
    for language in LANGUAGES:
        for way in WAYS:
            group = chosen(outcomes, language, way)
            if group:
                yield language, way, group


def _sentences(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "| language | way | sentences | exactly right | |"
    yield "|---|---|---|---|---|"
    for language, way, group in _groups(outcomes):
        exact = sum(each.exact for each in group)
        yield f"| {language} | {way} | {len(group)} | {exact} | {exact / len(group):.1%} |"


def _parts(outcomes: Sequence[Outcome]) -> Iterator[str]:
    yield "| language | way | what | should be | were told | right | precision | recall |"
    yield "|---|---|---|---|---|---|---|---|"
    for language, way, group in _groups(outcomes):
        for what, tally in tallies(group).items():
            if tally.wanted or tally.got:
                counts = f"{tally.wanted} | {tally.got} | {tally.right}"
                shares = f"{tally.precision:.1%} | {tally.recall:.1%}"
                yield f"| {language} | {way} | {what} | {counts} | {shares} |"


def _kinds(outcomes: Sequence[Outcome]) -> Iterator[str]:
    columns = [(language, way) for language, way, _ in _groups(outcomes)]
    yield f"| exactly right, of | {' | '.join(' '.join(column) for column in columns)} |"
    yield f"|---|{'---|' * len(columns)}"
    for kind in KINDS:
        cells = []
        for language, way in columns:
            group = [each for each in chosen(outcomes, language, way) if each.case.kind == kind]
            exact = sum(each.exact for each in group)
            cells.append(f"{exact} of {len(group)}" if group else "")
        yield f"| {kind} | {' | '.join(cells)} |"


def _wrong(outcomes: Sequence[Outcome]) -> Iterator[str]:
    wrong = [each for each in outcomes if not each.exact]
    if not wrong:
        yield "Every sentence was exactly right."
        return
    yield "| wrong | way | should give | gave |"
    yield "|---|---|---|---|"
    for each in wrong:
        told = noted(each.told) or "nothing"
        gave = f"{told}; {each.trouble}" if each.trouble else told
        yield _row(str(each.case), each.way, noted(each.case.gives) or "nothing", gave)


def _careless(taken: Sequence[Took]) -> Iterator[str]:
    yield "| language | careless turns | calls | became what was said | nothing | other | wrong |"
    yield "|---|---|---|---|---|---|---|"
    for language in LANGUAGES:
        group = [each for each in taken if each.calls.case.language.startswith(language)]
        if group:
            calls = sum(len(each.calls.sent) for each in group)
            said = sum(each.calls.as_said and not each.wrong for each in group)
            nothing = sum(not each.calls.makes and not each.wrong for each in group)
            wrong = sum(each.wrong for each in group)
            other = len(group) - said - nothing - wrong
            cells = (language, len(group), calls, said, nothing, other, wrong)
            yield _row(*map(str, cells))


def _otherwise(taken: Sequence[Took]) -> Iterator[str]:
    yield "| said | called with | became |"
    yield "|---|---|---|"
    for each in taken:
        calls = each.calls
        if each.wrong or (calls.makes and not calls.as_said):
            sent = "; ".join(f"`{json.dumps(args, ensure_ascii=False)}`" for args in calls.sent)
            became = noted(each.told) or "nothing"
            verdict = f"{became} (wrong) {each.trouble}".rstrip() if each.wrong else became
            yield _row(str(calls.case), sent, verdict)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
