"""Sums of tokens by modality. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from schemas.admin import Estimate, TokensView
from schemas.gemini import ModalityTokens


def tokens_of(total: int, details: Iterable[ModalityTokens]) -> TokensView:
    """Return what Gemini says of one direction of a turn."""
    by_modality: dict[str, int] = {}
    unattributed = total
    for tokens in details:
        name = tokens.modality.lower() or "modality_unspecified"
        by_modality[name] = by_modality.get(name, 0) + tokens.token_count
        unattributed -= tokens.token_count
    return TokensView(total=total, by_modality=by_modality, unattributed=unattributed)


def plus(one: TokensView, other: TokensView) -> TokensView:
    """Return the sum of both."""
    by_modality = dict(one.by_modality)
    for name, count in other.by_modality.items():
        by_modality[name] = by_modality.get(name, 0) + count
    return TokensView(
        total=one.total + other.total,
        by_modality=by_modality,
        unattributed=one.unattributed + other.unattributed,
    )


def both(one: Estimate, other: Estimate) -> Estimate:
    """Return the sum of two estimates."""
    return Estimate(plus(one.prompt, other.prompt), plus(one.response, other.response))


def without(one: Estimate, other: Estimate) -> Estimate:
    """Return what is left of `one`, which `other` is a part of."""
    return both(one, Estimate(_negative(other.prompt), _negative(other.response)))


def _negative(tokens: TokensView) -> TokensView:
    by_modality = {name: -count for name, count in tokens.by_modality.items()}
    return TokensView(-tokens.total, by_modality, -tokens.unattributed)
