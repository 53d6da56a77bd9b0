"""The settings of access: who may speak, who is an admin, and through which door they come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from gateway.access.setting_values import (
    Network,
    hosts,
    is_loopback,
    key_set_url,
    networks,
    origins,
)
from gateway.setting_values import (
    Secret,
    Variable,
    matching,
    seconds,
    secret,
    signing_secret,
    switch,
)

_text = matching(r"[\x21-\x7e]{1,500}", "1 to 500 visible ASCII characters")
_claim = matching(r"[\x21-\x7e]{1,200}", "the name of a claim such as sub")
_role = matching(r"[A-Za-z0-9._:/-]{1,100}", "1 to 100 characters of A-Z a-z 0-9 . _ : / -")
_SHORTEST_TOKEN: Final = 16


@dataclass(frozen=True, kw_only=True)
class AccessSettings:
    """A part of `gateway.settings.Settings`."""

    jwt_secret: Annotated[
        Secret | None,
        Variable(
            "AUTH_JWT_SECRET",
            "",
            signing_secret,
            "Phones' tokens are JWTs that somebody signs with this secret (HS256, HS384, HS512).",
        ),
    ]
    jwks_url: Annotated[
        str | None,
        Variable(
            "AUTH_JWKS_URL",
            "",
            key_set_url,
            "Phones' tokens are JWTs that an issuer signs with keys of its own, and publishes them "
            "here; needs AUTH_ISSUER and AUTH_AUDIENCE. docs/access.md has the values of Firebase, "
            "Google and Auth0.",
        ),
    ]
    issuer: Annotated[
        str | None,
        Variable("AUTH_ISSUER", "", _text, "What stands in a token's `iss`; unset: not looked at."),
    ]
    audience: Annotated[
        str | None,
        Variable(
            "AUTH_AUDIENCE",
            "",
            _text,
            "What stands in a token's `aud`; unset: tokens that have one are refused.",
        ),
    ]
    user_claim: Annotated[
        str,
        Variable(
            "AUTH_USER_CLAIM",
            "sub",
            _claim,
            "The claim that has to be the `user_id` of the path.",
        ),
    ]
    clock_skew_s: Annotated[
        float,
        Variable(
            "AUTH_CLOCK_SKEW_S",
            "30",
            seconds(0, 300),
            "How far the issuer's clock may be from ours; a token is good for so much longer.",
        ),
    ]
    allow_anonymous: Annotated[
        bool | None,
        Variable(
            "ALLOW_ANONYMOUS",
            "",
            switch,
            "`true`: nobody is asked who they are. Unset, that is so on loopback only, and all "
            "else without AUTH_JWT_SECRET or AUTH_JWKS_URL is refused.",
        ),
    ]
    ticket_ttl_s: Annotated[
        float,
        Variable(
            "TICKET_TTL_S",
            "30",
            seconds(5, 300),
            "How long a ticket of `POST /tickets` waits for its one connection.",
        ),
    ]
    admin_token: Annotated[
        Secret | None,
        Variable(
            "ADMIN_TOKEN",
            "",
            secret,
            "Bearer token of the `/sessions` endpoints; without it and ADMIN_ROLE they answer 403. "
            "Outside loopback 16 characters at least.",
        ),
    ]
    admin_role: Annotated[
        str | None,
        Variable(
            "ADMIN_ROLE",
            "",
            _role,
            "A JWT with this role is an admin's, besides ADMIN_TOKEN; unset: none is.",
        ),
    ]
    roles_claim: Annotated[
        str,
        Variable(
            "AUTH_ROLES_CLAIM",
            "roles",
            _claim,
            "The claim that has the roles: a list, or words with spaces between them.",
        ),
    ]
    allowed_origins: Annotated[
        tuple[str, ...] | None,
        Variable(
            "ALLOWED_ORIGINS",
            "",
            origins,
            "Origins of web pages that may connect and call, separated by commas; unset: those of "
            "the service's own host only. Apps that send no `Origin` are not concerned.",
        ),
    ]
    allowed_hosts: Annotated[
        tuple[str, ...] | None,
        Variable(
            "ALLOWED_HOSTS",
            "",
            hosts,
            "Names by which the service may be called (`Host`), separated by commas; unset: any, "
            "while nobody is asked on loopback `localhost` and addresses. Not asked of probes.",
        ),
    ]
    trusted_proxies: Annotated[
        tuple[Network, ...] | None,
        Variable(
            "TRUSTED_PROXIES",
            "",
            networks,
            "Addresses and networks of proxies whose `X-Forwarded-For` is believed, separated by "
            "commas; unset: none, and a client's address is where its connection comes from.",
        ),
    ]

    @property
    def asks(self) -> bool:
        """Whether phones are asked who they are."""
        return self.jwt_secret is not None or self.jwks_url is not None

    def access_contradictions(self, host: str, metrics_token: Secret | None) -> list[str]:
        """Return what is wrong, or would let anybody in, although each value by itself is not."""
        return [
            *self._who_is_asked(host),
            *self._what_is_checked(),
            *self._which_tokens_are_weak(host, metrics_token),
        ]

    def _who_is_asked(self, host: str) -> list[str]:
        if self.asks:
            if self.allow_anonymous:
                source = "AUTH_JWKS_URL" if self.jwks_url is not None else "AUTH_JWT_SECRET"
                return [f"ALLOW_ANONYMOUS is true, and {source} is set: unset one of them"]
            return []
        remedy = "set AUTH_JWT_SECRET or AUTH_JWKS_URL"
        if self.allow_anonymous is False:
            return [f"ALLOW_ANONYMOUS is false, and there is nothing to ask phones for: {remedy}"]
        if self.allow_anonymous:
            return []
        problems = []
        if not is_loopback(host):
            problems.append(
                f"HOST is {host}, and anybody who reaches it could speak at your expense: "
                f"{remedy}, or ALLOW_ANONYMOUS=true if that is wanted, or HOST=127.0.0.1"
            )
        if self.trusted_proxies:
            problems.append(
                "TRUSTED_PROXIES is set, and anybody who comes through a proxy could speak at your "
                f"expense: {remedy}, or ALLOW_ANONYMOUS=true if that is wanted"
            )
        return problems

    def _what_is_checked(self) -> list[str]:
        if self.jwt_secret is not None and self.jwks_url is not None:
            return ["AUTH_JWT_SECRET and AUTH_JWKS_URL are both set: set the one that signs"]
        checks = {"AUTH_ISSUER": self.issuer, "AUTH_AUDIENCE": self.audience}
        if self.jwks_url is not None:
            # An issuer's keys are often those of all its customers: Firebase's are.
            return [
                f"{name} is not set: set it, since AUTH_JWKS_URL is, or tokens made for others "
                "would be taken"
                for name, value in checks.items()
                if value is None
            ]
        if self.jwt_secret is None:
            return [
                f"{name} is set, and no token is looked at: set AUTH_JWT_SECRET or AUTH_JWKS_URL "
                "too, or unset it"
                for name, value in {**checks, "ADMIN_ROLE": self.admin_role}.items()
                if value is not None
            ]
        return []

    def _which_tokens_are_weak(self, host: str, metrics_token: Secret | None) -> list[str]:
        problems = []
        known = {"AUTH_JWT_SECRET": self.jwt_secret}
        shortest = 0 if is_loopback(host) else _SHORTEST_TOKEN
        for name, token in (("ADMIN_TOKEN", self.admin_token), ("METRICS_TOKEN", metrics_token)):
            if token is None:
                continue
            # Whoever may do the one thing may not do the other for that.
            problems += [
                f"{name} is {other}: set it to another random text"
                for other, secret in known.items()
                if secret == token
            ]
            known[name] = token
            if len(token.text) < shortest:
                problems.append(
                    f"{name} has {len(token.text)} characters, and needs {shortest}: set it to "
                    f"{shortest} or more random characters, or HOST to 127.0.0.1"
                )
        return problems
