"""What `gateway check` looks at beyond the settings: each look is one finding."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from actors.endings import Why, judge
from actors.ports import Fact, LinkClosed, LinkRequest
from gateway.access.setting_values import is_loopback
from gateway.gemini_upstream import GeminiUpstream
from gateway.settings import Settings, WrongSettings
from shopping import LocaleDataInvalid, check_locales

_REMEDIES: Final = {
    Why.ACCESS: "{key} is not accepted: set it to a key that may use the Gemini API",
    Why.QUOTA: "{key} has no quota left for another session: wait, or raise the quota",
    Why.MODEL: "GEMINI_MODEL is {model}, which is not there: set it to a Live model",
    Why.SETUP: "what is asked for is refused: see GEMINI_MODEL ({model}) and GEMINI_API_VERSION",
}
_UNREACHABLE: Final = "no link within CONNECT_TIMEOUT_S: try again, and look at the network"


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one look.

    Attributes:
        verdict: a service would work, with a reservation, or not.
        text: one sentence; where it is bad, the variable and the remedy.
    """

    verdict: Literal["ok", "warn", "FAILED"]
    text: str


class Silent:
    """`actors.ports.Observer` of a process without a log."""

    def rename(self, session_id: str) -> None:
        """Do nothing."""

    def debug(self, event: str, /, **facts: Fact) -> None:
        """Do nothing."""

    def note(self, event: str, /, **facts: Fact) -> None:
        """Do nothing."""

    def warn(self, event: str, /, **facts: Fact) -> None:
        """Do nothing."""

    def count(self, event: str, trouble: bool, /, **facts: Fact) -> None:  # noqa: FBT001 - the port's
        """Do nothing."""

    def fail(self, event: str, error: BaseException, /, **facts: Fact) -> None:
        """Do nothing."""


def checked_locales(look: Callable[[], None] = check_locales) -> Finding:
    """Look at the locales' data files."""
    try:
        look()
    except LocaleDataInvalid as exc:
        return Finding("FAILED", f"a data file cannot be used: {exc}")
    return Finding("ok", "every data file can be used")


async def checked_gemini(settings: Settings, *, dev: bool = False) -> Finding:
    """Open a link, as a session in SESSION_LANGUAGE would, and close it: some tokens at most.

    Args:
        settings: what was chosen.
        dev: the emulator is what is wanted, where there is no key.

    Raises:
        WrongSettings: google-genai makes no client of them.
    """
    if not settings.has_upstream:
        return _emulator(settings, dev=dev)
    options = settings.upstream
    upstream = GeminiUpstream(options, Silent())
    await upstream.warm_up()
    started_at = time.monotonic()
    try:
        async with upstream.connect(LinkRequest(language=settings.language)):
            took_ms = 1000 * (time.monotonic() - started_at)
    except LinkClosed as exc:
        return Finding("FAILED", f"{_remedy(exc, settings)} ({exc.code} {exc.reason})")
    place = options.base_url or ("Vertex AI" if options.kind == "vertex" else "Gemini")
    return Finding("ok", f"{place} grants {options.model} a link in {took_ms:.0f} ms")


def _emulator(settings: Settings, *, dev: bool) -> Finding:
    """Return what to think of a service without a key: others than this machine's would use it."""
    told = "GEMINI_API_KEY is not set: the service would run the emulator"
    if dev:
        return Finding("ok", told)
    if is_loopback(settings.host):
        return Finding("warn", told)
    raise WrongSettings(f"{told}; set it to a key of the Gemini API, or --dev if that is wanted")


def _remedy(exc: LinkClosed, settings: Settings) -> str:
    verdict = judge(
        exc.code, exc.reason, closed_by=exc.closed_by, lived=False, fresh_may_work=False
    )
    if verdict.why is None:
        return _UNREACHABLE
    key = "GOOGLE_API_KEY" if settings.google_api_key else "GEMINI_API_KEY"
    named = "the identity for Vertex AI" if settings.upstream.api_key is None else key
    return _REMEDIES[verdict.why].format(key=named, model=settings.model)
