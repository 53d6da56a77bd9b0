"""Tests for `actors.estimate` and `actors.tokens`: what turns come to that are cut off."""

from __future__ import annotations

import msgspec

from actors.estimate import Estimator
from actors.ports import LinkRequest
from actors.tokens import both, without
from actors.usage import Usage
from schemas.admin import Estimate, TokensView
from schemas.gemini import (
    Blob,
    GeminiMessage,
    ModalityTokens,
    ModelTurn,
    Part,
    ServerContent,
    UsageMetadata,
)
from shopping import locale_for
from tests.support.gemini_says import call, calls, replied

POLISH = locale_for("pl-PL")
REQUEST = LinkRequest(language="pl-PL")
FIGURES = UsageMetadata(
    prompt_token_count=100,
    response_token_count=10,
    total_token_count=110,
    prompt_tokens_details=(ModalityTokens("TEXT", 60), ModalityTokens("AUDIO", 30)),
    response_tokens_details=(ModalityTokens("AUDIO", 10),),
)
FIGURES_CONTEXT = TokensView(110, {"text": 60, "audio": 40}, 10)
SECOND_OF_SOUND = "A" * (2 * 24_000 * 4 // 3)


class Sent:
    """How much sound was sent."""

    def __init__(self) -> None:
        self.ms = 0

    def __call__(self) -> int:
        """Return it."""
        return self.ms


def says(*parts: Part) -> GeminiMessage:
    return GeminiMessage(server_content=ServerContent(model_turn=ModelTurn(parts)))


def test_a_turn_is_billed_with_the_context_and_what_was_sent_and_made_since() -> None:
    sent = Sent()
    estimator = Estimator(sent)
    estimator.figures_came(FIGURES)
    assert estimator.context == FIGURES_CONTEXT
    sent.ms = 2_000
    estimator.sent("eight ch")
    estimator.received(
        says(Part(text="four"), Part(inline_data=Blob("audio/pcm", SECOND_OF_SOUND)))
    )
    estimator.received(replied("is in the sound already"))
    made = TokensView(26, {"text": 1, "audio": 25})
    asked = TokensView(110 + 2 + 50, {"text": 62, "audio": 90}, 10)
    assert estimator.cut_off(billed_so_far=False) == Estimate(asked, made)
    # That is the context of the next turn.
    next_asked = TokensView(188, {"text": 63, "audio": 115}, 10)
    assert estimator.cut_off(billed_so_far=False) == Estimate(next_asked, TokensView())


def test_what_figures_have_said_so_far_is_not_estimated_again() -> None:
    sent = Sent()
    estimator = Estimator(sent)
    sent.ms = 500
    estimator.sent("billed already")
    estimator.received(calls(call("c1")))
    estimator.figures_came(FIGURES)
    sent.ms = 1_000
    assert estimator.cut_off(billed_so_far=True) == Estimate(TokensView(13, {"audio": 13}))


def test_calls_are_text_wherever_they_stand() -> None:
    one, other = Estimator(lambda: 0), Estimator(lambda: 0)
    one.received(calls(call("c1")))
    other.received(says(Part(function_call=call("c1"))))
    estimate = one.cut_off(billed_so_far=False)
    assert estimate == other.cut_off(billed_so_far=False)
    assert 10 < estimate.response.total < 25


def test_a_call_that_stands_in_both_places_is_made_once() -> None:
    one, other = Estimator(lambda: 0), Estimator(lambda: 0)
    one.received(calls(call("c1")))
    spoken = says(Part(function_call=call("c1")))
    tool_call = calls(call("c1")).tool_call
    other.received(msgspec.structs.replace(spoken, tool_call=tool_call))
    assert one.cut_off(billed_so_far=False) == other.cut_off(billed_so_far=False)


def test_a_session_that_begins_knows_its_setup_only() -> None:
    sent = Sent()
    estimator = Estimator(sent)
    estimator.figures_came(FIGURES)
    sent.ms = 60_000
    estimator.set_up(REQUEST, POLISH)
    setup = estimator.context
    assert 500 < setup.by_modality["text"] == setup.total < 1_500
    assert estimator.cut_off(billed_so_far=False).prompt == setup


def cut_off(usage: Usage) -> int:
    """Let a turn of the next link be cut off; return the estimate."""
    before = usage.view().estimated.total
    usage.link_lost(turn_open=True)
    return usage.view().estimated.total - before


def test_a_turn_without_figures_is_estimated_once() -> None:
    usage = Usage()
    usage.report(FIGURES, turn_open=True)
    usage.turn_ended()
    usage.link_lost()
    assert usage.view().estimated.total == 0
    assert cut_off(usage) == 110
    usage.link_lost()
    assert (usage.view().turns, usage.view().estimated.total) == (1, 110)


def test_a_turn_that_ended_without_figures_is_estimated_too() -> None:
    """They may come in a message of their own, after the turn's end."""
    usage = Usage()
    usage.estimator.sent("four")
    usage.turn_ended()
    usage.link_lost()
    assert usage.view().estimated.total == 1


def test_figures_so_far_are_kept_with_what_came_after_them() -> None:
    usage = Usage()
    usage.report(FIGURES, turn_open=True)
    usage.estimator.sent("four")
    assert cut_off(usage) == 1
    # What comes on the next link is another turn's.
    usage.report(FIGURES, turn_open=False)
    assert (usage.view().turns, usage.view().estimated.total) == (2, 1)


def test_figures_that_come_after_all_take_the_estimates_place() -> None:
    usage = Usage()
    usage.estimator.sent("four")
    assert cut_off(usage) == 1
    usage.report(UsageMetadata(), turn_open=False)
    assert usage.view().estimated.total == 1
    for _ in range(2):
        usage.report(FIGURES, turn_open=False)
    assert (usage.view().turns, usage.view().estimated.total) == (1, 0)


def test_figures_of_a_turn_on_the_next_link_leave_the_estimate() -> None:
    usage = Usage()
    usage.estimator.sent("four")
    assert cut_off(usage) == 1
    usage.report(FIGURES, turn_open=True)
    usage.turn_ended()
    usage.report(FIGURES, turn_open=False)
    usage.link_lost()
    usage.report(FIGURES, turn_open=False)
    assert (usage.view().turns, usage.view().estimated.total) == (2, 1)


def test_a_session_that_begins_brings_nothing_of_the_one_before() -> None:
    usage = Usage()
    usage.estimator.sent("four")
    assert cut_off(usage) == 1
    usage.set_up(REQUEST, POLISH)
    usage.report(FIGURES, turn_open=False)
    assert (usage.view().turns, usage.view().estimated.total) == (1, 1)


def test_another_connection_goes_on_with_the_context_and_may_hear_of_what_was_cut_off() -> None:
    older = Usage()
    older.report(FIGURES, turn_open=True)
    older.turn_ended()
    assert [cut_off(older), cut_off(older)] == [110, 110]
    usage = Usage()
    usage.restore(older.view(), older.stored())
    assert usage.view() == older.view()
    assert cut_off(usage) == 110
    assert usage.view().estimated.total == 330
    usage.report(FIGURES, turn_open=False)
    assert (usage.view().turns, usage.view().estimated.total) == (2, 220)


def test_what_is_taken_out_of_a_sum_leaves_the_rest() -> None:
    one = Estimate(FIGURES_CONTEXT, TokensView(3, {"audio": 3}))
    other = Estimate(TokensView(5, {"text": 5}), FIGURES_CONTEXT)
    assert without(both(one, other), other) == Estimate(
        FIGURES_CONTEXT, TokensView(3, {"audio": 3, "text": 0}, 0)
    )
