"""How messages travel between mind and player, over one local SEQPACKET socket pair.

A packet is a JSON list of messages, a message is a list: its name, then its fields in order. Both
ends are ours and of one version, so nothing is checked here that the types do not say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, get_args

from improvd.core.source import Source
from improvd.play.messages import Connection, Message, PlannedMove, PlannedNote

PACKET_LIMIT: Final = 60_000  # bytes: a longer batch travels as several packets

_BY_NAME: dict[str, Any] = {kind.__name__: kind for kind in get_args(Message)}
_ROWS: dict[str, Any] = {
    "notes": PlannedNote,
    "pedal": PlannedMove,
    "connections": Connection,
    "awaited": Connection,
    "controls": Source,
    "keys": lambda *key: key,  # JSON would make them lists
}


def pack(messages: Iterable[Message]) -> list[bytes]:
    """The packets that carry `messages`, in order."""
    packets: list[bytes] = []
    size, texts = 0, list[str]()
    for message in messages:
        text = json.dumps([type(message).__name__, *message], separators=(",", ":"))
        if texts and size + len(text) > PACKET_LIMIT:
            packets.append(f"[{','.join(texts)}]".encode())
            size, texts = 0, []
        texts.append(text)
        size += len(text)
    if texts:
        packets.append(f"[{','.join(texts)}]".encode())
    return packets


def unpack(packet: bytes) -> list[Message]:
    """The messages of one packet."""
    return [_read(*fields) for fields in json.loads(packet)]


def _read(name: str, *fields: Any) -> Message:
    kind = _BY_NAME[name]
    rows = (
        [_ROWS[field](*row) for row in value] if field in _ROWS else value
        for field, value in zip(kind._fields, fields, strict=True)
    )
    message: Message = kind(*rows)
    return message
