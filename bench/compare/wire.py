"""The messages of Gemini Live that the upstream of a comparison sends: indented JSON and a newline.

The same order as the emulator's (docs/emulator.md, "A turn"), one product a turn.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from bench.compare import frames

PRODUCTS: Final = (
    *("mleko", "chleb", "masło", "ser", "jajka", "pomidory", "ogórki", "jabłka", "banany"),
    *("ziemniaki", "cebula", "ryż", "makaron", "cukier", "sól", "herbata", "kawa", "woda"),
    *("sok", "śmietana"),
)
FUNCTION: Final = "update_shopping_list"


def _message(content: Mapping[str, Any]) -> bytes:
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    return frames.frame(frames.BINARY, text.encode(), masked=False)


SETUP_COMPLETE: Final = _message({"setupComplete": {}})
_BUSY: Final = _message({"sessionResumptionUpdate": {"newHandle": "", "resumable": False}})


def called(session: int, number: int, words: int) -> bytes:
    """Return what a sentence brings: its transcript, and the call for its product.

    Args:
        session: whose it is.
        number: of the call, from 1; the product's quantity, so that it can be told on the phone.
        words: from how many different products to choose.
    """
    product = name(number % words)
    transcript = {"serverContent": {"inputTranscription": {"text": f"dodaj {product}"}}}
    args = {"action": "add", "name": product, "quantity": number, "confidence": 0.95}
    call = {"id": call_id(session, number), "name": FUNCTION, "args": args}
    return _message(transcript) + _BUSY + _message({"toolCall": {"functionCalls": [call]}})


def completed(session: int, number: int) -> bytes:
    """Return the end of a turn, and the handle that follows it."""
    usage = {
        "promptTokenCount": 100 + number,
        "totalTokenCount": 100 + number,
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 100 + number}],
    }
    handle = {"newHandle": f"handle-{session}-{number}", "resumable": True}
    return _message({"serverContent": {"turnComplete": True}, "usageMetadata": usage}) + _message(
        {"sessionResumptionUpdate": handle}
    )


def call_id(session: int, number: int) -> str:
    """Return the id of a session's call."""
    return f"call-{session}-{number}"


def answered(message: Mapping[str, Any]) -> list[str]:
    """Return the ids of the calls that a client's message answers; it may be in either case."""
    response = message.get("toolResponse") or message.get("tool_response") or {}
    answers = response.get("functionResponses") or response.get("function_responses") or []
    return [str(answer.get("id", "")) for answer in answers]


def name(number: int) -> str:
    """Return one of as many names as are wanted; those beyond the list's are made up of two."""
    first = PRODUCTS[number % len(PRODUCTS)]
    more = number // len(PRODUCTS)
    return first if more == 0 else f"{first} marki {_letters(more)}"


def _letters(number: int) -> str:
    return "Ala" + "".join(chr(ord("a") + int(digit)) for digit in str(number))
