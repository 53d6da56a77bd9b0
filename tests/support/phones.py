"""Phones of the measurements that are connected to nothing, and what they were told."""

from __future__ import annotations

from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.client import ClientProtocol
from websockets.uri import parse_uri

from bench.phone import Phone
from bench.recording import Item


def a_phone(*messages: dict[str, Any]) -> Phone:
    """Return a phone that got these messages, one a second from 1 on; needs a running loop."""
    phone = Phone(ClientConnection(ClientProtocol(parse_uri("ws://phone.test"))))
    phone.received = [(float(at), message) for at, message in enumerate(messages, start=1)]
    return phone


def told(item: Item) -> dict[str, Any]:
    """Return the message that brings a product."""
    action, name, quantity = item
    product = {"action": action, "name": name, "quantity": quantity}
    return {"type": "product_detected", "product": product}
