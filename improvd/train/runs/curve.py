"""The learning curve of a run as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

_LINES = ("training", "held_out", "generator", "critic")


def picture(course: Sequence[dict[str, float]], title: str) -> bytes:
    """A PNG: losses over updates, of all that the lines of a run's course tell.

    Those of who foretells are nats a step, those of generator and critic a song's.
    """
    mpl.use("agg")
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    for name in _LINES:
        points = [(line["update"], line[name]) for line in course if name in line]
        if points:
            axes.plot(*zip(*points, strict=True), label=name.replace("_", " "))
    axes.set(xlabel="updates", ylabel="loss", title=title)
    if axes.lines:
        axes.legend()
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=120)
    return drawn.getvalue()
