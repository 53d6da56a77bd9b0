"""What close codes, error codes, statuses and refusals mean, as docs/protocol.md says it.

The document is for people and is not installed with the service; a test keeps both the same.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Closing(NamedTuple):
    """A close code that phones see."""

    code: int
    when: str
    reconnect: str


class StatusMeaning(NamedTuple):
    """A `status` that phones are told, and the text that comes with it."""

    status: str
    message: str
    meaning: str


class ErrorMeaning(NamedTuple):
    """A `code` of an error in version 2."""

    code: str
    meaning: str


class Refusal(NamedTuple):
    """How a handshake is refused."""

    status: int
    error: str


CLOSINGS: Final = (
    Closing(1002, "a frame that RFC 6455 does not allow, or that is compressed", "no"),
    Closing(1007, "a text frame that is not UTF-8", "no"),
    Closing(1008, "the protocol was broken too often", "no"),
    Closing(1009, "a frame of more than 1 MiB (`MAX_FRAME_BYTES`)", "no"),
    Closing(1011, "a bug of ours", "yes, later"),
    Closing(
        1012,
        "this instance is going away, or the connection is nearly an hour old (`CONNECTION_AGE_S`)",
        "yes, at once, in version 2 with `resume`",
    ),
    Closing(1013, "Gemini cannot be reached", "yes, later"),
    Closing(
        4001,
        "the token that the phone showed has expired",
        "with a new token, in version 2 with `resume`",
    ),
    Closing(4003, "another user's token in `auth`", "no"),
    Closing(
        4008,
        "messages were not taken for 20 s (`CLIENT_SEND_TIMEOUT_S`), or more than 1 MiB of them "
        "waited (`OUTBOX_BYTES`); or the rest of a message did not come within 60 s (six times "
        "`REQUEST_TIMEOUT_S`)",
        "yes, in version 2 with `resume`",
    ),
    Closing(4009, "the same user connected elsewhere", "no"),
    Closing(4010, "ended by an admin", "no"),
    Closing(
        4011,
        "nothing was said or asked for, pings apart, for 30 min (`IDLE_LIMIT_S`)",
        "no",
    ),
    Closing(
        4012,
        "the session is older than a day (`AGE_LIMIT_S`)",
        "yes, at once; the session is a fresh one",
    ),
    Closing(4013, "what the session, its user or all users may use is used up", "no"),
    Closing(
        4029,
        "more messages, bytes or sound came than are taken",
        "yes, later",
    ),
)

STATUSES: Final = (
    StatusMeaning(
        "connecting",
        "Connecting to Gemini Live API",
        "The link is being opened, however often it is tried, until it has been open once.",
    ),
    StatusMeaning("listening", "Gemini Live API ready", "Speech is being heard."),
    StatusMeaning(
        "reconnecting",
        "Connection to Gemini Live API lost, reconnecting; keep speaking",
        "A link that had been open was lost. What Gemini may not have heard is sent again; nothing "
        "has to be repeated.",
    ),
    StatusMeaning(
        "stopped",
        "Session stopped",
        "The link is closed: `stop_session` is done, or Gemini refused (an `error` before it says "
        "so).",
    ),
    StatusMeaning(
        "draining",
        "This server is about to restart, finishing what was said",
        "This instance is going away, or the connection has grown old; 1012 follows.",
    ),
)

ERRORS: Final = (
    ErrorMeaning("malformed", "The frame is no JSON object."),
    ErrorMeaning("unknown_type", "There is no message of this type."),
    ErrorMeaning(
        "invalid_field",
        "A field is missing, of the wrong type, or its value is not allowed; `message` begins with "
        "its name.",
    ),
    ErrorMeaning(
        "invalid_audio",
        "The sound is no base64, no whole number of samples, too short or too long.",
    ),
    ErrorMeaning("too_large", "The frame is longer than is read."),
    ErrorMeaning("too_deep", "Objects and arrays are nested deeper than 16 levels."),
    ErrorMeaning(
        "too_fast",
        "More messages, bytes or sound came than are taken in so short a time; 4029 follows.",
    ),
    ErrorMeaning(
        "already_started", "`start_session` asks for what a running session cannot change."
    ),
    ErrorMeaning("not_started", "There is no session yet: send `start_session` first."),
    ErrorMeaning("unknown_item", "There is no item, or no suggestion, with this id."),
    ErrorMeaning("nothing_to_undo", "Nothing was said or done that could be taken back."),
    ErrorMeaning(
        "list_full",
        "The list holds 500 items, or as much of one as it may; also where a sentence asks for "
        "more.",
    ),
    ErrorMeaning("too_many_texts", "50 typed sentences wait for Gemini."),
    ErrorMeaning(
        "not_processed",
        "The session was stopped or refused before Gemini took the typed sentence; its `ref` may "
        "be used again.",
    ),
    ErrorMeaning(
        "not_authenticated",
        "The token of `auth` is not good; the one before stays what it is. 4003 follows if it is "
        "another user's.",
    ),
    ErrorMeaning(
        "cannot_authenticate",
        "Whether the token of `auth` is good cannot be found out just now.",
    ),
    ErrorMeaning(
        "gemini_no_access", "The operator's key or permission; `status: stopped` follows."
    ),
    ErrorMeaning(
        "gemini_no_room", "A quota, or too many sessions at once; `status: stopped` follows."
    ),
    ErrorMeaning("gemini_no_model", "The operator's configuration; `status: stopped` follows."),
    ErrorMeaning(
        "gemini_bad_setup",
        "The operator's configuration, or Gemini has changed; `status: stopped` follows.",
    ),
    ErrorMeaning(
        "gemini_unreachable",
        "The link was lost too often, or there was none that lasted for 90 s. 1013 follows.",
    ),
    ErrorMeaning(
        "budget_low",
        "What the session, its user or all users may use is nearly used up; told once for each.",
    ),
    ErrorMeaning("budget_spent", "It is used up. 4013 follows."),
)

REFUSALS: Final = (
    Refusal(400, "Host: this service is not called that; its operator sets ALLOWED_HOSTS"),
    Refusal(
        403,
        "Origin: pages from there may not do this; the service's operator sets ALLOWED_ORIGINS",
    ),
    Refusal(400, "user_id: 1 to 128 characters of A-Z a-z 0-9 . _ ~ @ - are allowed"),
    Refusal(
        400,
        "unknown subprotocol: connect without Sec-WebSocket-Protocol for v1, or with shopping.v2",
    ),
    Refusal(404, "there is no WebSocket at /other: connect to /ws/{user_id}"),
    Refusal(429, "too many connections of this user in too short a time: connect again later"),
    Refusal(429, "too many connections from this address in too short a time: connect again later"),
    Refusal(429, "too many sessions from this address: connect again later"),
    Refusal(503, "this instance is full: connect again"),
    Refusal(503, "this instance is starting: connect again"),
    Refusal(503, "this instance is going away: connect again"),
    Refusal(
        401,
        "say who you are: Authorization: Bearer with a token, the subprotocol bearer.<token> or "
        "ticket.<ticket>, or the query access_token= or ticket=",
    ),
    Refusal(401, "the token has expired: get a new one"),
    Refusal(403, "the token is another user's: connect to /ws/ followed by yours"),
)
