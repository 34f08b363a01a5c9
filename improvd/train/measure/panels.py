"""The statistics of real pieces and of those that models play, as a picture."""

from __future__ import annotations

import io
from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

from improvd.train.measure.nearness import Numbers


def picture(names: Sequence[str], pieces: Sequence[tuple[str, Numbers]]) -> bytes:
    """A PNG with a panel for each statistic of these names.

    `pieces` are whose they are and [pieces, statistics], the real ones first. Boxes hold the middle
    half of them, whiskers reach 1.5 times as far, a line is the median and a diamond the mean; a
    dotted line leads from the real pieces' mean to the others.
    """
    mpl.use("agg")
    whose, numbers = zip(*pieces, strict=True)
    figure = Figure(figsize=(3 * len(names), 4.5), layout="constrained")
    for at, (name, axes) in enumerate(zip(names, figure.subplots(1, len(names)), strict=True)):
        columns = [each[:, at] for each in numbers]
        axes.boxplot(columns, showmeans=True, showfliers=False, meanprops={"marker": "D"})
        axes.axhline(columns[0].mean(), linestyle=":", linewidth=1)
        axes.set_xticks(range(1, len(columns) + 1), whose, rotation=20)
        axes.set(title=name)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=120)
    return drawn.getvalue()
