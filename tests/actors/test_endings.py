"""Tests for `actors.endings`: what follows from a link's end, and that docs/link.md says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from actors.endings import TABLE, Judgement, Verdict, Why, judge
from schemas.messages import ClosedBy
from tests.support.markdown import rows

QUOTA = "You exceeded your current quota, please check your plan"
LINK = Path("docs/link.md").read_text()


def verdict(
    code: int,
    reason: str = "",
    *,
    closed_by: ClosedBy = "peer",
    lived: bool = False,
    fresh_may_work: bool = False,
) -> Verdict:
    return judge(
        code, reason, closed_by=closed_by, lived=lived, fresh_may_work=fresh_may_work
    ).verdict


@pytest.mark.parametrize(
    ("code", "reason", "expected"),
    [
        (1000, "", Verdict.TRANSIENT),
        (1001, "going away", Verdict.TRANSIENT),
        (1006, "", Verdict.TRANSIENT),
        (1007, "Request contains an invalid argument.", Verdict.REFUSED),
        (1007, "API key expired. Please renew the API key.", Verdict.REFUSED),
        (1008, "models/x is not found for API version v1, or is not", Verdict.REFUSED),
        (1008, "something new", Verdict.REFUSED),
        (1008, "Operation is not implemented, or supported, or enabled.", Verdict.REFUSED),
        (1002, "", Verdict.TRANSIENT),
        (1009, "", Verdict.TRANSIENT),
        (1011, "Internal error encountered.", Verdict.TRANSIENT),
        (1011, "The service is currently unavailable.", Verdict.TRANSIENT),
        (1011, "Deadline expired before operation could complete.", Verdict.TRANSIENT),
        (1011, "Thread was cancelled when writing StartStep status", Verdict.TRANSIENT),
        (1011, QUOTA, Verdict.REFUSED),
        (1011, "RESOURCE_EXHAUSTED: Maximum concurrent se", Verdict.REFUSED),
        (1013, "try later", Verdict.TRANSIENT),
        (1013, "billing is not enabled", Verdict.REFUSED),
        (400, "", Verdict.REFUSED),
        (401, "", Verdict.REFUSED),
        (403, "", Verdict.REFUSED),
        (404, "", Verdict.REFUSED),
        (429, "", Verdict.REFUSED),
        (408, "", Verdict.TRANSIENT),
        (500, QUOTA, Verdict.TRANSIENT),
        (503, "", Verdict.TRANSIENT),
    ],
)
def test_code_and_reason_tell_what_passes_from_what_does_not(
    code: int, reason: str, expected: Verdict
) -> None:
    assert verdict(code, reason) is expected


@pytest.mark.parametrize("closed_by", ["us", "nobody"])
@pytest.mark.parametrize("code", [1007, 1008, 1011])
def test_what_gemini_did_not_say_is_never_a_refusal(code: int, closed_by: ClosedBy) -> None:
    """The websockets library closes with 1011 when a ping goes unanswered."""
    assert verdict(code, QUOTA, closed_by=closed_by) is Verdict.TRANSIENT


@pytest.mark.parametrize("code", [1007, 1008, 400, 404])
def test_a_refused_resumption_is_tried_again_without_its_handle(code: int) -> None:
    assert verdict(code, "invalid", fresh_may_work=True) is Verdict.WITHOUT_HANDLE


@pytest.mark.parametrize(
    "reason", [QUOTA, "API key expired. Please renew the API key.", "Publisher model was"]
)
def test_no_handle_is_to_blame_for_a_key_a_quota_or_a_model(reason: str) -> None:
    assert verdict(1008, reason, fresh_may_work=True) is Verdict.REFUSED


def test_an_operation_that_is_not_implemented_passes_if_the_link_worked_before() -> None:
    reason = "Operation is not implemented, or supported, or enabled."
    assert verdict(1008, reason, lived=True, fresh_may_work=True) is Verdict.TRANSIENT


@pytest.mark.parametrize(("code", "over"), [(1007, True), (1008, False), (404, False)])
def test_after_1007_no_older_handle_is_worth_trying(code: int, over: bool) -> None:  # noqa: FBT001 - a column of the table
    assert judge(code, "", closed_by="peer", lived=False, fresh_may_work=True) == Judgement(
        Verdict.WITHOUT_HANDLE, Why.SETUP, start_over=over
    )


@pytest.mark.parametrize(
    ("code", "reason", "why"),
    [
        (403, "", Why.ACCESS),
        (429, "", Why.QUOTA),
        (1007, "API key not valid. Please pass a valid API key.", Why.ACCESS),
        (1011, QUOTA, Why.QUOTA),
        (1008, "models/x is not found for API version v1", Why.MODEL),
        (1007, "Request contains an invalid argument.", Why.SETUP),
    ],
)
def test_a_refusal_says_why_in_words_of_our_own(code: int, reason: str, why: Why) -> None:
    judgement = judge(code, reason, closed_by="peer", lived=False, fresh_may_work=False)
    assert judgement.why is why


def test_the_document_shows_the_table_row_by_row() -> None:
    shown = rows(LINK, "| code or status | text holds | what follows | told, if refused | source |")
    expected = [
        [
            ", ".join(map(str, sorted(row.codes))) + (", after opening" * row.after_opening),
            " or ".join(row.texts) or "anything",
            row.verdict.value,
            "-" if row.why is None else row.why.name.lower(),
            row.source,
        ]
        for row in TABLE
    ]
    assert shown == expected


def test_every_refusal_has_its_words() -> None:
    assert all(row.why for row in TABLE if row.verdict is not Verdict.TRANSIENT)
