"""Does what a jazz model plays over a chart fit its chords? A ii-V-I, at a tempo of jazz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from improvd.bench.chordtones import SOLOISTS, shares
from improvd.bench.figure import Figure
from improvd.bench.rig import Rig
from improvd.config.chart import Chart
from improvd.core.note import Note
from improvd.core.tempo import Meter
from improvd.core.units import Beats, Pitch, Velocity

_MODEL: Final = "jazz-player"
_CHART: Final = "| Dm7 | G7 | Cmaj7 | % |"
_BPM: Final = 160.0
_BARS: Final = 32
_BEAT: Final = 60.0 / _BPM
# Eighths over the first two bars, up Dm7 and down G7:
_PITCHES: Final = (62, 65, 69, 72, 76, 74, 72, 71, 67, 65, 62, 59, 62, 65, 67, 71)
_PRIMER: Final = [(n * _BEAT / 2, (n + 0.9) * _BEAT / 2, pitch) for n, pitch in enumerate(_PITCHES)]
_FIT: Final = 0.8  # the least share of chord and scale tones on strong beats
_NEAR: Final = 0.1  # to the share of chord tones that players have there
_HELD: Final = Beats(1.0)  # how long notes are is not asked
_PATIENCE: Final = 2 * _BARS * 4 * _BEAT  # seconds


def figures(takes: int) -> Iterator[Figure]:
    """What fits of so many answers, and how far from players' their share of chord tones is."""
    harmony = Chart.parse(_CHART).harmony(Meter().bar)
    notes = [note for seed in range(1, takes + 1) for note in _solo(seed)]
    chord, scale, onsets = shares(notes, harmony)
    told = {"share": scale, "onsets": onsets}
    yield Figure(f"{_MODEL}, of the chord or scale", "", "share", _FIT, told, least=True)
    players = SOLOISTS.chord
    told = {"away": abs(chord - players), "share": chord, "players": players}
    yield Figure(f"{_MODEL}, of the chord", "", "away", _NEAR, told)


def _solo(seed: int) -> list[Note]:
    """The onsets of an answer over the chart, in beats of it, as they came out of jackd."""
    with Rig(
        midi={"backend": "jack"},
        tempo={"source": "internal", "bpm": _BPM},
        turns={"start": "bar", "length": _BARS, "silence": 0.4},
        model={"name": _MODEL, "device": "cpu", "seed": seed},
        chords={"source": "chart", "chart": _CHART},
    ) as rig:
        rig.pianist.play(_PRIMER)
        rig.witness.wait_for_on(0)
        rig.daemon.said("answer over", patience=_PATIENCE)
        rig.witness.quiet(0.5)
        second_of, ons = rig.witness.second_of, rig.witness.ons()
        first = second_of(rig.pianist.sent[0].frame)
    return [
        Note(Beats((second_of(frame) - first) / _BEAT), _HELD, Pitch(data[1]), Velocity(data[2]))
        for frame, data in ons
    ]
