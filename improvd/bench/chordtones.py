"""How a line stands to its chords on strong beats: the share of chord tones, and of the scale's.

Pure; the beats of notes and chords count from a bar line, in bars of four.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.units import OCTAVE, Beats

_TICKS: Final = 12  # a beat: an onset belongs to the nearest
_STRONG: Final = 24  # ticks from one strong beat to the next: the first and the third of a bar


class Shares(NamedTuple):
    """Shares of the onsets on strong beats over a known chord; 0 where there is none."""

    chord: float  # is a tone of the chord
    scale: float  # is a tone of the chord, or of the scale that is played over it
    onsets: int  # on strong beats over a known chord


# What jazz soloists play: the 437 solos in bars of four of the Weimar Jazz Database (Pfleiderer et
# al., "Inside the Jazzomat", 2017), places in the bar and chords as annotated there.
SOLOISTS: Final = Shares(0.527, 0.797, 30_689)


def shares(notes: Iterable[Note], harmony: Harmony) -> Shares:
    """What of the notes that begin on strong beats belongs to the chord on that beat."""
    strong = [(pitch, chord) for beat, pitch in _strong(notes) if (chord := harmony.at(beat))]
    of_chord = sum(pitch in chord.tones for pitch, chord in strong)
    of_scale = sum(pitch in chord.tones | chord.scale for pitch, chord in strong)
    count = max(len(strong), 1)
    return Shares(of_chord / count, of_scale / count, len(strong))


def _strong(notes: Iterable[Note]) -> list[tuple[Beats, int]]:
    """The strong beats on which notes begin, and the pitch classes of these."""
    ticks = [(round(note.onset * _TICKS), note.pitch % OCTAVE) for note in notes]
    return [(Beats(tick / _TICKS), pitch) for tick, pitch in ticks if tick % _STRONG == 0]
