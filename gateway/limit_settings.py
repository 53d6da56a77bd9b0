"""The settings of limits: who is let in, what a phone may send, and what may be spent."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from actors.allowance import Rates
from actors.caps import NANOS, NO_CAP, Budgets, Cap, Caps
from actors.policy import SessionPolicy
from gateway.connects import Connects
from gateway.setting_values import Variable, existing_file, number, seconds, whole

_DEFAULT = SessionPolicy()
_SOFT_PERCENT = 80
_MOST_PLACES = 9


def _cap(unit: int, example: str) -> Callable[[str], Cap]:
    """Return a parser of ``HARD`` or ``SOFT/HARD``, in `unit`s of what is counted."""
    amount = r"[0-9]{1,12}" if unit == 1 else rf"[0-9]{{1,9}}(?:\.[0-9]{{1,{_MOST_PLACES}}})?"
    pattern = re.compile(rf"(?:({amount})/)?({amount}|none)")

    def parse(text: str) -> Cap:
        found = pattern.fullmatch(text.lower())
        if found is None:
            raise ValueError(f"the most, with or without the place of the warning: {example}")
        hard = None if found[2] == "none" else round(float(found[2]) * unit)
        soft = None if found[1] is None else round(float(found[1]) * unit)
        if soft is None and hard is not None:
            soft = hard * _SOFT_PERCENT // 100
        if soft is not None and hard is not None and soft > hard:
            raise ValueError(f"a warning that comes before the most: {example}")
        return Cap(soft, hard)

    return parse


_tokens = _cap(1, "100000 or 80000/100000")
_dollars = _cap(NANOS, "0.50 or 0.40/0.50")


@dataclass(frozen=True, kw_only=True)
class LimitSettings:
    """A part of `gateway.settings.Settings`."""

    max_sessions: Annotated[
        int,
        Variable(
            "MAX_SESSIONS",
            "1000",
            whole(0, 1_000_000),
            "Phones that this instance takes at once; beyond, handshakes are refused with 503, and "
            "shortly before, `/readyz` answers `full`. 0: as many as come.",
        ),
    ]
    sessions_per_address: Annotated[
        int,
        Variable(
            "SESSIONS_PER_ADDRESS",
            "0",
            whole(0, 1_000_000),
            "Of these, from one address (IPv6: one /64), a user's counted once; beyond, 429. 0: as "
            "many as come, which is right where all phones are seen with the address of a proxy.",
        ),
    ]
    connects_per_user: Annotated[
        int,
        Variable(
            "CONNECTS_PER_USER",
            "120",
            whole(0, 1_000_000),
            "Handshakes of one user a minute, that many at once; beyond, 429. 0: as many as come.",
        ),
    ]
    connects_per_address: Annotated[
        int,
        Variable(
            "CONNECTS_PER_ADDRESS",
            "0",
            whole(0, 1_000_000),
            "The same of one address; see SESSIONS_PER_ADDRESS.",
        ),
    ]
    calls_per_admin: Annotated[
        int,
        Variable(
            "CALLS_PER_ADMIN",
            "600",
            whole(0, 1_000_000),
            "Calls of one admin a minute, that many at once; beyond, 429. Whoever has ADMIN_TOKEN "
            "counts as one. 0: as many as come.",
        ),
    ]
    admin_failures_per_address: Annotated[
        int,
        Variable(
            "ADMIN_FAILURES_PER_ADDRESS",
            "30",
            whole(0, 1_000_000),
            "Credentials from one address (IPv6: one /64) a minute that are no admin's; beyond, "
            "429 for all that comes from there, right ones too. Behind a proxy it needs "
            "TRUSTED_PROXIES. 0: any number.",
        ),
    ]
    messages_per_s: Annotated[
        int,
        Variable(
            "MESSAGES_PER_S",
            f"{_DEFAULT.rates.messages}",
            whole(0, 100_000),
            "Messages that a phone may send a second for as long as it likes; beyond, 4029. The "
            "operations of an edit count as messages, and so do the items of a list that a "
            "session begins with. 0: any number.",
        ),
    ]
    bytes_per_s: Annotated[
        int,
        Variable(
            "BYTES_PER_S",
            f"{_DEFAULT.rates.size}",
            whole(0, 1 << 30),
            "The same in bytes, those of speech as PCM.",
        ),
    ]
    audio_per_s: Annotated[
        float,
        Variable(
            "AUDIO_PER_S",
            f"{_DEFAULT.rates.audio_s:g}",
            number(0, 1_000),
            "The same in seconds of sound: a phone that comes back sends what it has kept faster "
            "than it was spoken.",
        ),
    ]
    burst_s: Annotated[
        float,
        Variable(
            "BURST_S",
            f"{_DEFAULT.rates.burst_s:g}",
            seconds(1, 3_600),
            "So many seconds' worth of each of the three may come at once.",
        ),
    ]
    idle_limit_s: Annotated[
        float,
        Variable(
            "IDLE_LIMIT_S",
            f"{_DEFAULT.idle_s:g}",
            seconds(0, 604_800),
            "A phone that neither speaks nor asks for anything for this long is closed with 4011; "
            "its session can be resumed. 0: it never is.",
        ),
    ]
    age_limit_s: Annotated[
        float,
        Variable(
            "AGE_LIMIT_S",
            f"{_DEFAULT.age_s:g}",
            seconds(0, 31_536_000),
            "A session that is this old, over all its connections, ends with 4012 and cannot be "
            "resumed. 0: it gets as old as it likes.",
        ),
    ]
    request_timeout_s: Annotated[
        float,
        Variable(
            "REQUEST_TIMEOUT_S",
            "10",
            seconds(1, 300),
            "How long an HTTP request, or a handshake, may take to arrive, and an answer to be "
            "taken; then the connection is cut off. A phone's message may take six times as long; "
            "then 4008.",
        ),
    ]
    session_tokens: Annotated[
        Cap | None,
        Variable(
            "SESSION_TOKENS",
            "",
            _tokens,
            "Tokens that a session may use over all its connections: `100000`, or with another "
            "place for the warning than 80 % of it, `50000/100000`; `50000/none` only warns.",
        ),
    ]
    session_cost: Annotated[
        Cap | None, Variable("SESSION_COST", "", _dollars, "The same in dollars: `0.40/0.50`.")
    ]
    user_day_tokens: Annotated[
        Cap | None,
        Variable(
            "USER_DAY_TOKENS",
            "",
            _tokens,
            "Tokens that a user may use in a day (UTC), on all instances.",
        ),
    ]
    user_day_cost: Annotated[
        Cap | None, Variable("USER_DAY_COST", "", _dollars, "The same in dollars.")
    ]
    day_tokens: Annotated[
        Cap | None,
        Variable(
            "DAY_TOKENS",
            "",
            _tokens,
            "Tokens that all users together may use in a day (UTC), on all instances.",
        ),
    ]
    day_cost: Annotated[Cap | None, Variable("DAY_COST", "", _dollars, "The same in dollars.")]
    price_table: Annotated[
        Path | None,
        Variable(
            "PRICE_TABLE",
            "",
            existing_file,
            "TOML file of what models cost, in the shape of `gateway/prices.toml`; unset: that "
            "file. A model that is not in it is counted in tokens only.",
        ),
    ]

    @property
    def connects(self) -> Connects:
        """Who is let in."""
        return Connects(
            sessions=self.max_sessions,
            sessions_per_address=self.sessions_per_address,
            per_user=self.connects_per_user,
            per_address=self.connects_per_address,
        )

    @property
    def frames(self) -> tuple[int, float]:
        """How many frames of a phone are parsed, pings included, in how many seconds."""
        return int(2 * self.messages_per_s * self.burst_s), self.burst_s

    @property
    def budgets(self) -> Budgets:
        """What may be spent."""
        return Budgets(
            session=Caps(self.session_tokens or NO_CAP, self.session_cost or NO_CAP),
            user=Caps(self.user_day_tokens or NO_CAP, self.user_day_cost or NO_CAP),
            day=Caps(self.day_tokens or NO_CAP, self.day_cost or NO_CAP),
        )

    def limited(self, policy: SessionPolicy) -> SessionPolicy:
        """Return the policy with these limits."""
        return replace(
            policy,
            rates=Rates(self.messages_per_s, self.bytes_per_s, self.audio_per_s, self.burst_s),
            idle_s=self.idle_limit_s,
            age_s=self.age_limit_s,
            budgets=self.budgets,
        )

    def limit_contradictions(self, *, model: str, max_frame_bytes: int) -> list[str]:
        """Return what is wrong although each value by itself is not."""
        problems = []
        burst = int(self.bytes_per_s * self.burst_s)
        if self.bytes_per_s and burst < max_frame_bytes:
            problems.append(
                f"BYTES_PER_S times BURST_S is {burst}, and MAX_FRAME_BYTES {max_frame_bytes}: set "
                "BYTES_PER_S to more, or a frame that is allowed is too much"
            )
        costs = {
            "SESSION_COST": self.session_cost,
            "USER_DAY_COST": self.user_day_cost,
            "DAY_COST": self.day_cost,
        }
        in_money = [name for name, cap in costs.items() if cap is not None]
        return problems + (_unpriced(in_money, model, self.price_table) if in_money else [])


def _unpriced(in_money: list[str], model: str, table: Path | None) -> list[str]:
    """Return which caps cannot hold, because nobody knows what the model costs."""
    from gateway.prices import PricesInvalid, price_of  # noqa: PLC0415 - the port answers first

    try:
        priced = price_of(model, table) is not None
    except PricesInvalid as exc:
        return [f"PRICE_TABLE cannot be used: {exc}"]
    return [
        f"{name} is set, and there is no price for GEMINI_MODEL {model}: set PRICE_TABLE to a file "
        f"that has it, or {name.replace('COST', 'TOKENS')} instead"
        for name in in_money
        if not priced
    ]
