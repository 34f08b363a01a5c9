"""What cannot be seen from outside: how onsets are counted, and the state of the model."""

from __future__ import annotations

import random
import statistics
from collections.abc import Iterator

from improvd.bench.figure import Figure, spread
from improvd.bench.room import Room
from improvd.bench.tunes import TUNES, on_the_true_grid, played, primer
from improvd.core.units import Bpm
from improvd.engine.library import find_model
from improvd.engine.session import Session


def grid(seeds: int) -> Iterator[Figure]:
    """Onsets counted on the true grid, whatever the tempo and wherever the phrase begins."""
    for bpm in (60, 83, 127, 180):
        for unsteady in (0.0, 0.01):
            shares = [
                on_the_true_grid(played(tune, notes, bpm, unsteady, seed), bpm, Bpm(120.0))
                for tune in TUNES
                for notes in (8, 16, 40, 100, 250)
                for seed in range(seeds)
            ]
            values = {"mean": statistics.fmean(shares), "worst": min(shares), "n": len(shares)}
            name = f"grid, {bpm} bpm, +-{unsteady * 1000:.0f} ms"
            yield Figure(name, "", "mean", 0.9, values, least=True)


def states(count: int) -> Iterator[Figure]:
    """After barge-ins at random moments: the model's state against a fresh one fed with the log."""
    path = find_model("melody-basic")
    differences = []
    for seed in range(count):
        dice = random.Random(seed)  # noqa: S311 - music, not secrets
        turns = {"memory": 1 + seed % 2, "silence": 0.5}
        room = Room(Session.load(path), seed, turns=turns, tempo={"source": "internal"})
        room.play(
            [(second * 2, (end - second) * 2, pitch) for second, end, pitch in primer(2, 120, dice)]
        )
        room.wait(0.6 + dice.random() * 3.0)
        room.play([(0.0, 0.6, 40), (0.5, 0.9, 52)])
        room.wait(0.1)
        differences.append(room.difference_from_log(Session.load(path)))
    yield Figure("state after a barge-in", "", "max", 1e-5, spread(differences))
