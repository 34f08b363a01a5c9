"""What long answers are like: does each sound, move, and end every note that it began?

The whole way from the keys to the output, with a clock that is moved by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import Final, NamedTuple

from improvd.bench.figure import Figure, spread
from improvd.bench.room import PERIOD, Room
from improvd.bench.tunes import primer
from improvd.core.note import PEDAL_DOWN, SUSTAIN, Control, NoteOff, NoteOn
from improvd.core.units import Pitch, Seconds
from improvd.engine.library import find_model
from improvd.engine.session import Session

_BPM: Final = 120.0
_BARS: Final = 15  # 30 s
_PHRASE: Final = 2  # bars that are played before, on
_CHORDS: Final = (0, 4, 7)  # these and the tune, semitones above
_ROOTS: Final = (48, 53, 55, 48)  # each for half a bar
COUNT: Final = 100  # answers
_OVER: Final = 32.0  # seconds after which the answer is over: the silence before it and its bars


class Heard(NamedTuple):
    """One answer, as it left the output."""

    notes: int
    pitches: int  # different ones
    voices: int  # the most that sounded at once
    stuck: int  # notes and presses without an end, or that lasted longer than `play.max_note`
    presses: int = 0  # of the sustain pedal


def figures(model: str, count: int) -> Iterator[Figure]:
    """How many of `count` answers were silent, on one pitch only, or left a note on.

    Raises ModelError.
    """
    path = find_model(model)
    heard = [listen(Session.load(path), seed) for seed in range(count)]
    faults = {
        "stuck notes": sum(each.stuck for each in heard),
        "silent": sum(not each.notes for each in heard),
        "on one pitch only": sum(each.pitches == 1 for each in heard),
    }
    notes, voices, presses = (
        [getattr(each, what) for each in heard] for what in ("notes", "voices", "presses")
    )
    for what, found in faults.items():
        values: dict[str, float] = {"count": found, "answers": count}
        values |= {"notes each": spread(notes)["median"], "voices": spread(voices)["median"]}
        if any(presses):
            values["presses each"] = spread(presses)["median"]
        yield Figure(f"{model}, {what}", "", "count", 0.0, values)


def listen(session: Session, seed: int) -> Heard:
    """The answer to a phrase of chords and a tune above them, both drawn by this seed."""
    room = Room(
        session, seed,
        tempo={"source": "internal", "bpm": _BPM}, turns={"length": _BARS, "silence": 0.5},
    )  # fmt: skip
    dice = Random(seed)  # noqa: S311 - music, not secrets
    beat = 60.0 / _BPM
    tune = [
        (onset / beat, (end - onset) / beat, pitch + 7)
        for onset, end, pitch in primer(_PHRASE, _BPM, dice)
    ]
    chords = [
        (2.0 * half, 1.9, root + above) for half, root in enumerate(_ROOTS) for above in _CHORDS
    ]
    room.play([*chords, *tune])
    room.wait(_OVER)
    return _heard(room)


def _heard(room: Room) -> Heard:
    began: dict[Pitch | None, Seconds] = {}  # None: the pedal
    longest = room.config.play.max_note + 2 * PERIOD
    late = 0
    presses = 0
    for second, event in room.out:
        match event:
            case NoteOn(pitch=pitch):
                began[pitch] = second
            case NoteOff(pitch=pitch):
                late += second - began.pop(pitch) > longest
            case Control(number=number, value=value) if number == SUSTAIN:
                late += second - began.pop(None, second) > longest
                if value >= PEDAL_DOWN:
                    began[None] = second
                    presses += 1
    ons = [event.pitch for _, event in room.out if isinstance(event, NoteOn)]
    ends = {NoteOn: 1, NoteOff: -1}
    together = accumulate(ends.get(type(event), 0) for _, event in room.out)
    return Heard(len(ons), len(set(ons)), max(together, default=0), late + len(began), presses)
