"""The tokens that Gemini bills a session for: each turn once, by modality. Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from actors.estimate import Estimator
from actors.ports import LinkRequest
from actors.tokens import both, plus, tokens_of, without
from schemas.admin import Estimate, UsageView
from schemas.gemini import UsageMetadata
from schemas.stored import StoredContext
from shopping import Locale

_NOTHING: Final = UsageMetadata()
_NO_ESTIMATE: Final = Estimate()
_NO_CONTEXT: Final = StoredContext()


class Usage:
    """Tokens billed.

    Gemini repeats a turn's figures as they grow, so only a turn's last ones count. It may also
    send them after the turn's end. On which link a turn was matters too: what the next link
    reports never replaces what the last one did, since both are billed.

    A turn that a link's end cuts off before its figures came is billed all the same: it is
    estimated. Should a link that goes on with the Gemini session bring them before its own first
    turn, they take the estimate's place.

    Attributes:
        estimator: what Gemini will bill, as far as it has not said.
    """

    def __init__(self, sent_ms: Callable[[], int] = lambda: 0) -> None:
        """Begin with nothing; `sent_ms` is that of `actors.estimate.Estimator`."""
        self.estimator = Estimator(sent_ms)
        self._settled = UsageView()
        self._ended: UsageMetadata | None = None
        """The turn that ended last on this link; late figures may still replace its own."""
        self._turn = _NOTHING
        self._estimated = _NO_ESTIMATE
        """For good."""
        self._guess = _NO_ESTIMATE
        """Of the turn that was cut off last, as long as its figures may come."""

    def report(self, usage: UsageMetadata, *, turn_open: bool) -> None:
        """Take note of a turn's figures so far: of the open one, else of the one that ended last.

        When no turn has ended on this link either, they are those of the turn that was cut off
        with the last link and has none, or else of the turn to come.
        """
        if usage != _NOTHING:
            self.estimator.figures_came(usage)
        if turn_open:
            self._keep_estimate()
            self._turn = usage
        elif self._ended is not None:
            self._ended = usage
        elif self._guess.total and usage != _NOTHING:
            self._guess, self._ended = _NO_ESTIMATE, usage
        else:
            self._turn = usage

    def turn_ended(self) -> None:
        """The current turn is over. To be called once a turn, also for one without figures."""
        self._keep_estimate()
        self._turn_over()

    def _turn_over(self) -> None:
        self._settled = _add(self._settled, self._ended)
        self._ended, self._turn = self._turn, _NOTHING

    def link_lost(self, *, turn_open: bool = False) -> None:
        """The current turn is over, and nobody will correct its figures or the last one's.

        Args:
            turn_open: Gemini has begun one and not ended it.
        """
        if turn_open or self._ended == _NOTHING:
            billed_so_far = self._turn != _NOTHING
            self._keep_estimate()
            self._guess = self.estimator.cut_off(billed_so_far=billed_so_far)
            if billed_so_far:
                self._keep_estimate()
        self._turn_over()
        self._settled = _add(self._settled, self._ended)
        self._ended = None

    def set_up(self, request: LinkRequest, locale: Locale) -> None:
        """The next link begins a Gemini session, which knows nothing of what was cut off."""
        self._keep_estimate()
        self.estimator.set_up(request, locale)

    def _keep_estimate(self) -> None:
        """Nobody will correct it."""
        if self._guess.total:
            self._estimated, self._guess = both(self._estimated, self._guess), _NO_ESTIMATE

    def restore(self, billed: UsageView, context: StoredContext = _NO_CONTEXT) -> None:
        """Go on from what was billed, or estimated, on another connection."""
        self._settled = replace(billed, estimated=_NO_ESTIMATE)
        self._estimated = without(billed.estimated, context.estimate)
        self._guess = context.estimate
        self.estimator.context = context.tokens

    def stored(self) -> StoredContext:
        """Return what the next connection has to know to go on, besides what was billed."""
        return StoredContext(self.estimator.context, self._guess)

    def view(self) -> UsageView:
        """Return the sums, the current turn's figures included."""
        billed = _add(_add(self._settled, self._ended), self._turn)
        if not (self._estimated.total or self._guess.total):
            return billed
        return replace(billed, estimated=both(self._estimated, self._guess))

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
        prompt=plus(sums.prompt, tokens_of(prompt, turn.prompt_tokens_details)),
        response=plus(sums.response, tokens_of(response, turn.response_tokens_details)),
        thoughts=sums.thoughts + turn.thoughts_token_count,
        tool_use=sums.tool_use + turn.tool_use_prompt_token_count,
        cached=sums.cached + turn.cached_content_token_count,
        total_reported=sums.total_reported + turn.total_token_count,
        remainder=sums.remainder + turn.total_token_count - prompt - response,
    )
