"""The tokens that Gemini bills a session for: each turn once, by modality. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from schemas.admin import TokensView, UsageView
from schemas.gemini import ModalityTokens, UsageMetadata

_NOTHING: Final = UsageMetadata()


class Usage:
    """Tokens billed.

    Gemini repeats a turn's figures as they grow, so only a turn's last ones count. It may also
    send them after the turn's end. On which link a turn was matters too: what the next link
    reports never replaces what the last one did, since both are billed.
    """

    def __init__(self) -> None:
        self._settled = UsageView()
        self._ended: UsageMetadata | None = None
        """The turn that ended last on this link; late figures may still replace its own."""
        self._turn = _NOTHING

    def report(self, usage: UsageMetadata, *, turn_open: bool) -> None:
        """Take note of a turn's figures so far: of the open one, else of the one that ended last.

        When no turn has ended on this link either, they are those of the turn to come.
        """
        if turn_open or self._ended is None:
            self._turn = usage
        else:
            self._ended = usage

    def turn_ended(self) -> None:
        """The current turn is over. To be called once a turn, also for one without figures."""
        self._settled = _add(self._settled, self._ended)
        self._ended, self._turn = self._turn, _NOTHING

    def link_lost(self) -> None:
        """The current turn is over, and nobody will correct its figures or the last one's."""
        self.turn_ended()
        self._settled = _add(self._settled, self._ended)
        self._ended = None

    def restore(self, billed: UsageView) -> None:
        """Go on from what was billed on another connection."""
        self._settled = billed

    def view(self) -> UsageView:
        """Return the sums, the current turn's figures included."""
        return _add(_add(self._settled, self._ended), self._turn)

    @property
    def prompt_tokens(self) -> int:
        """Tokens sent to the model, the current turn's included."""
        return self.view().prompt.total

    @property
    def response_tokens(self) -> int:
        """Tokens made by the model, the current turn's included."""
        return self.view().response.total


def _add(sums: UsageView, turn: UsageMetadata | None) -> UsageView:
    """Return the sums with one more turn; a turn without figures is none."""
    if turn is None or turn == _NOTHING:
        return sums
    prompt, response = turn.prompt_token_count, turn.response_token_count
    return UsageView(
        turns=sums.turns + 1,
        prompt=_add_tokens(sums.prompt, prompt, turn.prompt_tokens_details),
        response=_add_tokens(sums.response, response, turn.response_tokens_details),
        thoughts=sums.thoughts + turn.thoughts_token_count,
        tool_use=sums.tool_use + turn.tool_use_prompt_token_count,
        cached=sums.cached + turn.cached_content_token_count,
        total_reported=sums.total_reported + turn.total_token_count,
        remainder=sums.remainder + turn.total_token_count - prompt - response,
    )


def _add_tokens(sums: TokensView, total: int, details: Iterable[ModalityTokens]) -> TokensView:
    by_modality = dict(sums.by_modality)
    unattributed = sums.unattributed + total
    for tokens in details:
        name = tokens.modality.lower() or "modality_unspecified"
        by_modality[name] = by_modality.get(name, 0) + tokens.token_count
        unattributed -= tokens.token_count
    return TokensView(total=sums.total + total, by_modality=by_modality, unattributed=unattributed)
