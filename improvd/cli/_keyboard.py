"""A simulated keyboard at the other end of the `memory` ports: plays phrases, keeps what it hears.

Knows nothing of the daemon but the port: it plays in real time, as a person would, and is told from
outside when an answer is over.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import Final

from improvd.core.note import PEDAL_DOWN, SUSTAIN, Control, Note, NoteOff, NoteOn
from improvd.core.pedal import Pedal, Press, between, moves
from improvd.core.tempo import Tempo
from improvd.core.units import Beats, Bpm, Channel, Pitch, Seconds
from improvd.ports import memory, wire

Timed = tuple[Seconds, bytes]

CHANNEL: Final = Channel(1)
_OFF, _PEDAL, _ON = range(3)  # what happens on one beat, in this order


def phrases(notes: Sequence[Note], bar: Beats, longest_bars: int) -> list[list[Note]]:
    """Cut a piece into phrases: at a silence of a beat or more, and after `longest_bars`."""
    cut: list[list[Note]] = []
    end = first_bar = Beats(0.0)
    for note in sorted(notes, key=lambda note: note.onset):
        if not cut or note.onset >= end + 1 or note.onset >= first_bar + longest_bars * bar:
            cut.append([])
            first_bar = Beats(note.onset // bar * bar)
        cut[-1].append(note)
        end = max(end, note.end)
    return cut


class Keyboard:
    """Owns the keyboard's end of the socket pair."""

    def __init__(self, bpm: Bpm) -> None:
        self.socket, self.ports = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.played: list[Timed] = []
        self.heard: list[Timed] = []
        self.bpm = bpm
        self.socket.settimeout(0)

    def play(self, phrase: Sequence[Note], held: Sequence[Press] = ()) -> None:
        """Play a phrase, its first onset now, and its pedal. Comes back with its last release."""
        start, end = phrase[0].onset, max(note.end for note in phrase)
        tempo = Tempo(self.bpm, Seconds(time.monotonic()), start)
        offs = [(note.end, _OFF, wire.note_off(CHANNEL, note.pitch)) for note in phrase]
        ons = [
            (note.onset, _ON, wire.note_on(CHANNEL, note.pitch, note.velocity)) for note in phrase
        ]
        moved = [
            (Beats(start + beat), _PEDAL, wire.control(CHANNEL, SUSTAIN, 127 * down))
            for beat, down in moves(between(held, start, end))
        ]
        for beat, _, data in sorted([*offs, *moved, *ons], key=itemgetter(0, 1)):
            second = tempo.second_at(beat)
            time.sleep(max(0.0, second - time.monotonic()))
            self.socket.send(memory.pack(Seconds(time.monotonic()), data))
            self.played.append((second, data))

    def listen(self) -> None:
        """Keep what has come out of the output port so far."""
        while True:
            try:
                self.heard.append(memory.unpack(self.socket.recv(4096)))
            except BlockingIOError:
                return


def notes(messages: Iterable[Timed], tempo: Tempo) -> list[Note]:
    """What these messages play, in beats of `tempo`, by onset."""
    sounding: dict[tuple[Channel, Pitch], NoteOn] = {}
    found: list[Note] = []
    for second, data in messages:
        if wire.is_clock(data):
            continue
        event = wire.event(second, *data)
        if not isinstance(event, NoteOn | NoteOff):
            continue
        key = event.channel, event.pitch
        if began := sounding.pop(key, None):
            length = tempo.beats(Seconds(second - began.second))
            found.append(Note(tempo.beat_at(began.second), length, began.pitch, began.velocity))
        if isinstance(event, NoteOn):
            sounding[key] = event
    return sorted(found, key=lambda note: (note.onset, note.pitch))


def pedal(messages: Iterable[Timed], tempo: Tempo) -> list[Pedal]:
    """The moves of the sustain pedal among these messages, in beats of `tempo`."""
    events = (wire.event(second, *data) for second, data in messages if not wire.is_clock(data))
    return [
        Pedal(tempo.beat_at(event.second), event.value >= PEDAL_DOWN)
        for event in events
        if isinstance(event, Control) and event.number == SUSTAIN
    ]
