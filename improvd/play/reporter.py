"""The player's side of the socket to the mind: never waits, and loses only what can be made good.

When the mind does not read, what was heard is dropped and counted, and a snapshot of the held keys
follows as soon as there is room. What was sent, cut and ended waits.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from typing import Final

from improvd.core.note import SUSTAIN
from improvd.core.source import CC, NOTE, Source
from improvd.core.units import Channel, Seconds
from improvd.play.grip import Grip
from improvd.play.messages import (
    Alive,
    Heard,
    HeldKeys,
    Message,
    Moved,
    Sent,
)
from improvd.play.packets import pack, unpack

_KEPT: Final = 4096  # messages that wait at most: the oldest are lost then
_MADE_GOOD: Final = (Heard, Moved, HeldKeys, Alive)  # or worth little by then
_PACKET: Final = 1 << 17  # bytes: more than any packet
_ROWS: Final = 1000  # of one message: more would not fit into a packet


class Reporter:
    """Gathers messages, and sends them in one batch a wake-up."""

    def __init__(self, end: socket.socket) -> None:
        end.settimeout(0)
        self.lost = 0  # input reports
        self.closed = False  # by the mind
        self._socket = end
        self._batch: list[Message] = []
        self._snapshot_due = False
        self._grip = Grip()

    def fileno(self) -> int:
        """The socket's descriptor."""
        return self._socket.fileno()

    @property
    def blocked(self) -> bool:
        """Does something wait until the mind reads?"""
        return bool(self._batch) or self._snapshot_due

    def orders(self) -> Iterator[Message]:
        """What the mind has said. Notes when it is gone."""
        while not self.closed:
            try:
                packet = self._socket.recv(_PACKET)
            except BlockingIOError:
                return
            except ConnectionError:
                packet = b""
            self.closed = not packet
            yield from unpack(packet or b"[]")

    def add(self, message: Message) -> None:
        """To go out with the next `flush`; rows of one kind are gathered."""
        last = self._batch[-1] if self._batch else None
        if isinstance(message, Heard):
            for _, *heard in message.events:
                self._grip.hear(*heard)
        match last, message:
            case (
                (Heard(rows), Heard(more)) | (Moved(rows), Moved(more)) | (Sent(rows), Sent(more))
            ) if len(rows) < _ROWS:
                rows.extend(more)  # type: ignore[arg-type] # of the same kind, by the line above
            case _:
                self._batch.append(message)

    def forget(self, sources: Iterable[Source]) -> None:
        """What these hold is no playing from now on."""
        gone, grip = set(sources), self._grip
        grip.keys = {key for key in grip.keys if not _among(gone, NOTE, key[1], key[0])}
        grip.pedals = {each for each in grip.pedals if not _among(gone, CC, SUSTAIN, each)}

    def flush(self, now: Seconds) -> None:
        """Send what there is, as far as the socket takes it."""
        if self._snapshot_due:
            self._batch.append(HeldKeys(now, sorted(self._grip.keys), sorted(self._grip.pedals)))
            self._snapshot_due = False
        packets = pack(self._batch)
        try:
            while packets:
                self._socket.send(packets[0])
                del packets[0]
        except BlockingIOError:
            pass
        except ConnectionError:
            self.closed = True
        self._batch = self._kept([message for packet in packets for message in unpack(packet)])

    def _kept(self, unsent: list[Message]) -> list[Message]:
        """Of what could not be sent, what cannot be made good."""
        self.lost += sum(len(each.events) for each in unsent if isinstance(each, Heard | Moved))
        self._snapshot_due = any(isinstance(each, Heard | HeldKeys) for each in unsent)
        kept: list[Message] = []
        kept += (each for each in unsent if not isinstance(each, _MADE_GOOD))
        return kept[-_KEPT:]


def _among(sources: set[Source], kind: str, number: int, channel: Channel) -> bool:
    return not sources.isdisjoint((Source(kind, number, channel), Source(kind, number)))
