"""Errors that name a broken promise on a wire.

Exception
└── ProtocolViolation   the client sent a frame that the wire format does not allow
"""

from __future__ import annotations


class ProtocolViolation(Exception):
    """A client frame that the wire format does not allow.

    Attributes:
        field: the name of the field at fault, ``frame`` when it is the frame as a whole. Safe to
            log: it comes from the schema, never from what the client wrote.
        problem: what is wrong with it, for the client. May quote what the client wrote.
    """

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem
