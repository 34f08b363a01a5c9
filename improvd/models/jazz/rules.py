"""What is done to notes after a model said them, note by note: each rule has a name and a switch.

Models of solos repeat notes, leap too far and leave the chord more than players do, so it is usual
to prune what they say (the deep-learning course's jazz notebook, after deepjazz). The rules here
take notes as they come, so they serve an answer that is being played as well as a file: what went
before is all that they know. Pure; know no model and no clock.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from improvd.core.chord import Chord
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.units import OCTAVE, PITCHES, Beats, Pitch
from improvd.models.jazz.configuration import TICKS, chord_on

FARTHEST: Final = 12  # semitones from one note to the next; beyond it octaves are taken off
_PLACES: Final = (0, 3, 4, 6, 8, 9, 12)  # ticks: sixteenths and eighth triplets
SIXTEENTH: Final = 3  # ticks: the least that a note lasts


@dataclass(frozen=True, slots=True)
class State:
    """What a rule may know of the notes before; at first there were none."""

    last: Note | None = None  # that was let through
    pruned: bool = False  # has one been left out since?


Rule = Callable[[State, Note, Chord | None], Note | None]


def _on_grid(state: State, note: Note, chord: Chord | None) -> Note | None:
    """At the nearest sixteenth or triplet, a sixteenth long at least; never two at once."""
    del chord
    onset, end = nearest(note.onset), nearest(note.end)
    if state.last and onset <= nearest(state.last.onset):
        return None
    ticks = max(end - onset, SIXTEENTH)
    return replace(note, onset=Beats(onset / TICKS), duration=Beats(ticks / TICKS))


def _in_scale(state: State, note: Note, chord: Chord | None) -> Note | None:
    """Moved to the scale of its chord by a semitone, the way that the line goes.

    Left out where no semitone leads there, or where it would say the last note again.
    """
    if chord is None or note.pitch % OCTAVE in chord.scale:
        return note
    rises = state.last is None or note.pitch >= state.last.pitch
    near = (note.pitch + way for way in ((1, -1) if rises else (-1, 1)))
    found = (at for at in near if at in PITCHES and at % OCTAVE in chord.scale)
    said = state.last.pitch if state.last else None
    pitch = next((at for at in found if at != said), None)
    return None if pitch is None else replace(note, pitch=Pitch(pitch))


def _bounded(state: State, note: Note, chord: Chord | None) -> Note | None:
    """Moved by octaves where it leaps farther than an octave from the last note."""
    del chord
    if state.last is None:
        return note
    leap = note.pitch - state.last.pitch
    if abs(leap) <= FARTHEST:
        return note
    way = 1 if leap > 0 else -1
    octaves = -(-(abs(leap) - FARTHEST) // OCTAVE)
    return replace(note, pitch=Pitch(note.pitch - way * octaves * OCTAVE))


def _not_again(state: State, note: Note, chord: Chord | None) -> Note | None:
    """Left out where it says the last note again; of more than that every other one stays."""
    del chord
    same = state.last is not None and note.pitch == state.last.pitch
    return None if same and not state.pruned else note


def nearest(beat: float) -> int:
    """The nearest place for a note to begin, in twelfths of a beat."""
    whole, part = divmod(beat * TICKS, TICKS)
    return int(whole) * TICKS + min(_PLACES, key=lambda place: abs(place - part))


# In the order in which they are asked: where a note is, then what it is, then whether it is needed.
RULES: Final[Mapping[str, Rule]] = {
    "grid": _on_grid,
    "scale": _in_scale,
    "leaps": _bounded,
    "repeats": _not_again,
}


def prune(
    state: State, note: Note, chord: Chord | None, rules: Collection[str]
) -> tuple[State, Note | None]:
    """What the named rules leave of a note over that chord, and the state for the next one.

    Raises KeyError for a name that is not among RULES.
    """
    asked = {name: RULES[name] for name in rules}
    left: Note | None = note
    for name in RULES:
        if name in asked and left is not None:
            left = asked[name](state, left, chord)
    return (replace(state, pruned=True), None) if left is None else (State(left), left)


def pruner(rules: Collection[str]) -> Callable[[Note, Chord | None], Note | None]:
    """The same for notes as they come: it remembers what it let through."""
    state = State()

    def prune_next(note: Note, chord: Chord | None) -> Note | None:
        nonlocal state
        state, left = prune(state, note, chord, rules)
        return left

    return prune_next


def pruned(
    notes: Iterable[Note], harmony: Harmony | None, rules: Collection[str]
) -> Iterator[Note]:
    """What they leave of a stream of notes, by onset, over the harmony of the same beats."""
    state = State()
    for note in notes:
        chord = chord_on(harmony, note.onset) if harmony else None
        state, left = prune(state, note, chord, rules)
        if left is not None:
            yield left
