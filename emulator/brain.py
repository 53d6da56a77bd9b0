"""Reads Polish and English shopping sentences by rule: text in, what to do with the list out.

It stands in for the model, so it keeps the model's good manners: several things in one sentence,
corrections in the same breath and later, and silence when nothing is bought.
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.clauses import split_sentences
from emulator.intent import Intent, remember
from emulator.phrases import Token, vocabulary_for
from emulator.reading import Reading
from emulator.recall import Recall, Recalled, resolve
from emulator.recognition import recognise
from emulator.stretches import leads_elsewhere, names_product, spelled_out, stretches

__all__ = ["Intent", "understand"]


def understand(text: str, language: str, mentioned: Sequence[Intent] = ()) -> tuple[Intent, ...]:
    """Returns what a text asks for, in the order said; () when it buys nothing.

    Args:
        text: Typed or heard: punctuation, case and Polish diacritics may be missing.
        language: BCP 47, "pl-PL" or "en"; an unknown one is read as English.
        mentioned: What `remember` made of the texts before, for "no, three" and "one more".
    """
    reading = Reading()
    for sentence in split_sentences(vocabulary_for(language).read(text)):
        _take_in(sentence, reading, mentioned)
        reading.end_sentence()
    return tuple(reading.intents)


def _take_in(sentence: Sequence[Token], reading: Reading, mentioned: Sequence[Intent]) -> None:
    """Reads a sentence, except for what is about something mentioned before."""
    unread: list[Token] = []
    for stretch in stretches(sentence):
        recalled = recognise(stretch)
        if recalled is not None and _may_be_recalled(recalled, unread, reading):
            reading.read(unread)
            unread = []
            if _recall(recalled, reading, mentioned):
                continue
        unread += spelled_out(stretch)
    reading.read(unread)


def _may_be_recalled(recalled: Recalled, unread: Sequence[Token], reading: Reading) -> bool:
    if leads_elsewhere(unread):
        return False
    # A correction in the same text is about what that text says, and is read with it.
    return not recalled.corrects or not (reading.intents or names_product(unread))


def _recall(recalled: Recalled, reading: Reading, mentioned: Sequence[Intent]) -> bool:
    """Does what a stretch says about what was mentioned; False when it is about nothing."""
    if recalled.recall is Recall.UNDO and reading.intents and reading.intents[-1].action != "undo":
        reading.intents.pop()
        return True
    intents = resolve(recalled, remember(mentioned, reading.intents))
    # "we already have milk, take it off" removes it once.
    gone = [intent for intent in reading.intents[-1:] if intent.action == "remove"]
    reading.intents += [intent for intent in intents if intent not in gone]
    return bool(intents)
