"""Beside a DAW: how exactly `improvd run` keeps to clocks from outside, and sends its own.

The truth is in frames of the server: those on which the DAW's clock would have fallen without its
jitter, or which the master of the transport gives its bar lines.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from improvd.bench.clients import RATE
from improvd.bench.clocks import PULSE, START, BpmAt, pulses, ramp, shaken, steady
from improvd.bench.daw import Sequencer, Timebase
from improvd.bench.figure import Figure, spread
from improvd.bench.link import figures as link
from improvd.bench.rig import Rig
from improvd.bench.tunes import primer

_JITTER: Final = 0.002  # seconds, either way
_SETTLED: Final = 8  # beats of a clock after which it is judged
_SEED: Final = 7
_TURNS: Final = {"start": "bar", "silence": 0.3, "interrupt": "ignore"}
_WAY: Final = 4  # periods: the server turns to another place in one of its next cycles
_MS: Final = 1000.0 / RATE


def following(bpm: float, bars: int) -> Iterator[Figure]:
    """MIDI clock with jitter: how far answers' notes are off its true sixteenths."""
    beats = _SETTLED + 4 * (bars + 3)
    off = [abs(each) for _, each in _answer(steady(bpm), bpm, bars, beats)]
    yield Figure(f"MIDI clock, {bpm:.0f} bpm, +-2 ms", "ms", "p99", 3.0, spread(off))


def ramps(count: int) -> Iterator[Figure]:
    """The same while its tempo goes from 90 to 140 bpm in 8 beats, and from two bars later on."""
    since, until = 20, 28
    during: list[float] = []
    after: list[float] = []
    for _ in range(count):
        for beat, off in _answer(ramp(90, 140, since, until), 90, 8, 52):
            if since <= beat < until + 8:
                during.append(abs(off) / (60_000 / 140 / 8))
            elif beat >= until + 8:
                after.append(abs(off))
    # Each note is judged by the nearest sixteenth, which says nothing about more than half a 32nd.
    yield Figure("ramp 90..140 in 8 beats, during", "32nds", "max", 0.5, spread(during))
    yield Figure("ramp 90..140, two bars after", "ms", "max", 3.0, spread(after))


def _answer(bpm_at: BpmAt, bpm: float, bars: int, beats: int) -> Iterator[tuple[float, float]]:
    """Of each note of one answer the beat, and by how many ms it is late."""
    truth = list(pulses(bpm_at, beats))
    heard = sorted(shaken(truth, _JITTER, _SEED))
    dice = random.Random(_SEED)  # noqa: S311 - music, not secrets
    tempo, turns = {"source": "midi-clock"}, _TURNS | {"length": bars}
    with Rig(midi={"backend": "jack"}, tempo=tempo, turns=turns) as rig:
        daw = Sequencer("improvd:hears")
        start = daw.play([(-0.01, START), *((second, PULSE) for second in heard)])
        time.sleep(_SETTLED * 60 / bpm)
        rig.pianist.play(primer(1, bpm, dice))
        rig.daemon.said("answer over", patience=60.0 + beats * 60 / bpm)
        daw.close()
        sixteenths = [start + round(second * RATE) for second in truth[::6]]
        for note in rig.witness.ons():
            nearest = min(range(len(sixteenths)), key=lambda n: abs(sixteenths[n] - note.frame))
            yield nearest / 4, (note.frame - sixteenths[nearest]) * _MS


def sending(count: int) -> Iterator[Figure]:
    """The clock that improvd sends while it answers: intervals of its pulses."""
    bpm = 127.0
    tempo = {"source": "internal", "bpm": bpm, "send_clock": True}
    dice = random.Random(_SEED)  # noqa: S311 - music, not secrets
    with Rig(midi={"backend": "jack"}, tempo=tempo, turns=_TURNS | {"length": 16}) as rig:
        rig.pianist.play(primer(1, bpm, dice))
        rig.daemon.said("answering")
        time.sleep(1.0)
        began = len(rig.witness.heard)
        time.sleep(count * 60 / bpm / 24 + 0.5)
        frames = [each.frame for each in rig.witness.heard[began:] if each.data == PULSE]
    even = RATE * 60 / bpm / 24
    off = [abs(later - earlier - even) * _MS for earlier, later in pairwise(frames)]
    yield Figure("MIDI clock out, 127 bpm", "ms", "p99", 0.1, spread(off))


def rolling(count: int) -> Iterator[Figure]:
    """JACK's transport: the first note of answers against its bar lines; what comes of old places.

    By turns it has just been started, has changed its tempo, and has been put to another place.
    """
    off: list[float] = []
    stale: list[float] = []
    with Rig(
        midi={"backend": "jack"}, tempo={"source": "jack"}, turns=_TURNS | {"length": 8}
    ) as rig:
        master = Timebase(127.0)
        master.start()
        dice = random.Random(_SEED)  # noqa: S311 - music, not secrets
        for turn in range(count):
            bpm = dice.uniform(90, 180)
            master.change(bpm)
            heard = len(rig.witness.heard)
            rig.pianist.play(primer(1, bpm, dice))
            first = rig.witness.wait_for_on(heard)[0]
            off.append(_off_the_bar(master, first.frame, bpm))
            time.sleep(dice.random())
            stale.append(_relocate(rig, master, turn))
        master.close()
    yield Figure("JACK transport, first note", "ms", "max", 1.0, spread(off))
    yield Figure("JACK transport, stale notes", "", "max", 0.0, spread(stale))


def _off_the_bar(master: Timebase, frame: int, bpm: float) -> float:
    beat = master.beat_at(frame - master.ahead)
    return abs(beat - round(beat / 4) * 4) * 60_000 / bpm


def _relocate(rig: Rig, master: Timebase, turn: int) -> float:
    """Go elsewhere, or stop and start; how many notes begin between, but for the way there."""
    gone = rig.witness.now + _WAY * rig.witness.period / _MS
    if turn % 2:
        master.locate(8.0 * turn + 1.5)
    else:
        master.stop()
    time.sleep(1.0)
    rig.daemon.said("answer over")
    stale = sum(note.frame > gone for note in rig.witness.ons())
    if not turn % 2:
        master.start()
    return float(stale)


def figures(bars: int, count: int, beats: Sequence[int] = (60, 127, 200)) -> Iterator[Figure]:
    """All of them."""
    for bpm in beats:
        yield from following(float(bpm), bars)
    yield from ramps(max(1, count // 8))
    yield from sending(60 * count)
    yield from rolling(count)
    yield from link(max(1, count // 4))
