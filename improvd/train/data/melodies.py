"""Tracks of notes -> melodies as steps, by the very encoder that hears live playing.

A melody is one stretch of a track without a long rest, long and varied enough to learn from. What
is left out is counted.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.pedal import Press, between, moves, sounding
from improvd.core.units import Beats
from improvd.models import base
from improvd.models.base import ENDLESS, Encoder, Step
from improvd.train.data.corpus import Melody

BAR = Beats(4.0)  # of what is played over chords
LONGEST_REST = Beats(8.0)  # two bars: a longer rest ends the melody
SHORTEST = Beats(16.0)
FEWEST_PITCHES = 5
_LEGATO = Beats(0.25)  # notes of one voice may overlap so far


def stretches(notes: Iterable[Note], held: Sequence[Press] = ()) -> Iterator[list[Note]]:
    """The stretches between long rests, each by onset, the lowest note of a chord first."""
    stretch: list[Note] = []
    end = Beats(0.0)
    ordered = sorted(notes, key=lambda note: (note.onset, note.pitch))
    for note, sound in zip(ordered, sounding(ordered, held), strict=True):
        if stretch and note.onset - end > LONGEST_REST:
            yield stretch
            stretch = []
        stretch.append(note)
        end = max(end, sound.end)
    if stretch:
        yield stretch


def unfit(notes: Sequence[Note]) -> str | None:
    """Why a stretch is no melody to learn from, in a few words; None if it is one."""
    if notes[-1].end - notes[0].onset < SHORTEST:
        return f"shorter than {SHORTEST:g} beats"
    if len({note.pitch for note in notes}) < FEWEST_PITCHES:
        return f"fewer than {FEWEST_PITCHES} pitches"
    return None


def polyphonic(notes: Sequence[Note]) -> bool:
    """Does a note begin while another one sounds? `notes` are by onset."""
    return any(after.onset < before.end - _LEGATO for before, after in pairwise(notes))


def encode(
    encoder: Encoder,
    notes: Sequence[Note],
    held: Sequence[Press] = (),
    harmony: Harmony | None = None,
) -> list[Step]:
    """The steps of `notes`, which are in order of onset, up to the whole beat after the last.

    They begin with the first, or where there is a `harmony` with the bar line before it.
    """
    first = notes[0].onset
    if harmony:
        first = Beats(first // BAR * BAR)
        harmony = harmony.counted_from(first)
    moved = [replace(note, onset=Beats(note.onset - first)) for note in notes]
    pressed = between(held, first, ENDLESS)
    ends = [note.end for note in sounding(moved, pressed)]
    end = math.ceil(max([*ends, *(press.end for press in pressed)]) - 1e-6)
    return base.encode(encoder, moved, Beats(end), moves(pressed), harmony)


def select(tracks: Iterable[Melody]) -> tuple[list[Melody], Counter[str]]:
    """The melodies in named tracks, and how many stretches were left out for what reason."""
    found: list[Melody] = []
    left_out: Counter[str] = Counter()
    for track in tracks:
        for number, stretch in enumerate(stretches(track.notes, track.held), 1):
            reason = unfit(sounding(stretch, track.held))
            if reason:
                left_out[reason] += 1
            else:
                held = _beside(stretch, track.held)
                name = f"{track.name}.{number}"
                found.append(Melody(name, stretch, held, track.harmony))
    return found, left_out


def _beside(stretch: Sequence[Note], held: Sequence[Press]) -> list[Press]:
    """The presses while a stretch is played; one that goes on from before begins with it."""
    first, last = stretch[0].onset, max(note.end for note in stretch)
    return [Press(max(start, first), end) for start, end in held if end > first and start < last]
