"""`improvd evaluate --statistics`: is what a model plays from nothing like real music?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from improvd.errors import DataError

if TYPE_CHECKING:  # numpy and onnxruntime take a while, which only this verb pays
    from improvd.train.measure.comparison import Comparison
    from improvd.train.measure.nearness import Nearness

_ENOUGH = 3  # statistics of four: then a model is nearer to real music than another
_NAME, _FIGURE = 20, 32  # characters of a column


class Asked(NamedTuple):
    """What models are compared with, and by how much music."""

    data: Path  # the dataset folder
    pieces: int  # of each model
    tones: int  # of a piece
    style: str  # of all music, "": whatever it is
    validation: bool  # its validation melodies, not the test's


def statistics(models: Sequence[str], asked: Asked, plot: Path | None) -> int:
    """Tell what one model plays or two do, beside real music; the exit code.

    1: the first of two is nearer, beyond chance, in fewer than three statistics. Raises ModelError,
    DataError.
    """
    from improvd.engine.library import find_model  # noqa: PLC0415 - only this verb pays for it
    from improvd.train.measure.comparison import compare  # noqa: PLC0415 - the same

    data, count, tones, style, validation = asked
    paths = [find_model(each) for each in models]
    compared = compare(paths, data, count, tones, style, validation=validation)
    real = f"{len(compared.real)} real pieces{f' in style {style}' if style else ''}"
    click.echo(f"{real}; of each model {count}, {tones} tones each")
    for name, short in zip(models, compared.short, strict=True):
        if short:
            click.echo(f"{name}: {short} of {count} pieces have fewer")
    for line in _table(models, compared.found):
        click.echo(line)
    if plot:
        _draw(plot, models, compared)
    return _verdict(compared.found) if len(models) > 1 else 0


def _table(models: Sequence[str], found: Sequence[Nearness]) -> Iterator[str]:
    """The table with 95 % intervals, line by line."""
    yield _line("", ["real", *_names(models)])
    for each in found:
        yield _line(each.statistic, [each.real, *each.means])
        yield _line("  from real", ["", *each.distances])
        if each.nearer:
            yield _line("  nearer by", ["", each.nearer])


def _names(models: Sequence[str]) -> list[str]:
    return [Path(each).stem for each in models]


def _line(name: str, figures: Sequence[object]) -> str:
    return f"{name:{_NAME}}{''.join(f'{figure!s:>{_FIGURE}}' for figure in figures)}"


def _verdict(found: Sequence[Nearness]) -> int:
    """Say in how many statistics the first model is nearer; the exit code."""
    nearer = sum(each.nearer is not None and each.nearer.value > 0.0 for each in found)
    holds = sum(each.holds for each in found)
    click.echo(f"nearer in {nearer} of {len(found)}, beyond chance in {holds}")
    return 0 if holds >= _ENOUGH else 1


def _draw(plot: Path, models: Sequence[str], compared: Comparison) -> None:
    from improvd.train.measure.panels import picture  # noqa: PLC0415 - matplotlib takes a second

    names = ["real", *_names(models)]
    pieces = list(zip(names, [compared.real, *compared.models], strict=True))
    drawn = picture([each.statistic for each in compared.found], pieces)
    try:
        plot.write_bytes(drawn)
    except OSError as error:
        raise DataError(f"--plot {plot} cannot be written: {error.strerror}") from error
