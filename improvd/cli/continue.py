"""`improvd continue`: a model goes on from a MIDI file, or from nothing."""  # noqa: N999 - a verb

from __future__ import annotations

import math
import secrets
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

import click

from improvd.core.note import Note
from improvd.core.tempo import Meter, Tempo
from improvd.core.units import FASTEST, SLOWEST, Beats, Bpm, Seconds
from improvd.errors import DataError

if TYPE_CHECKING:
    from improvd.core.pedal import Pedal
    from improvd.engine.generate import Generator, Length
    from improvd.engine.session import Session
    from improvd.ports.midifile import MidiFile

BARS: Final = 8  # what Magenta goes on for
_PLAIN: Final = Bpm(120.0)  # where there is no PRIMER to have a tempo
_LONGEST: Final = 100_000  # steps or seconds: rather a slip of the hand than a wish
_WIDEST: Final = 64  # beams, and branches of each


class _Number(click.FloatRange):
    """A number in a range; unlike click's own it refuses `nan`."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        number = float(super().convert(value, param, ctx))
        if not math.isfinite(number):
            self.fail(f"{value} is no number to count with.", param, ctx)
        return number


def _length(
    steps: int | None, bars: int | None, seconds: float | None, bpm: Bpm, meter: Meter
) -> Length:
    """How far to go on; BARS where nothing is said. Raises click.UsageError for two answers."""
    from improvd.engine.generate import Length  # noqa: PLC0415 - only this verb pays for it

    options = {"--steps": steps, "--bars": bars, "--seconds": seconds}
    said = [option for option, value in options.items() if value is not None]
    if len(said) > 1:
        raise click.UsageError(f"only one of {' and '.join(said)} can say how far to go on")
    if steps:
        return Length(steps=steps)
    beats = Tempo(bpm).beats(Seconds(seconds)) if seconds else Beats(meter.bar * (bars or BARS))
    return Length(beats)


@click.command("continue")
@click.argument("primer", required=False, type=click.Path(path_type=Path))
@click.option("--model", default="melody-attention", show_default=True, help="Who goes on.")
@click.option(
    "-n",
    "count",
    type=click.IntRange(1, 1000),
    default=10,
    show_default=True,
    help="How many files.",
)
@click.option("--steps", type=click.IntRange(1, _LONGEST), help="How far, in the model's steps.")
@click.option(
    "--bars", type=click.IntRange(1, _LONGEST), help=f"How far, in bars. [default: {BARS}]"
)
@click.option(
    "--seconds", type=_Number(0, _LONGEST, min_open=True), help="How far, in PRIMER's tempo."
)
@click.option(
    "--bpm", type=_Number(SLOWEST, FASTEST), help=f"From nothing: the tempo. [default: {_PLAIN:g}]"
)
@click.option("--temperature", type=_Number(0, 5), default=1.0, show_default=True)
@click.option("--restless", type=_Number(0, 1), default=0.5, show_default=True)
@click.option("--beam", type=click.IntRange(1, _WIDEST), default=1, show_default=True)
@click.option("--branch", type=click.IntRange(1, _WIDEST), default=1, show_default=True)
@click.option("--iteration", type=click.IntRange(1), default=1, show_default=True)
@click.option("--style", default="", help="In which style, of those that the model knows.")
@click.option("--chart", help='Over these chords: a file, or "| Dm7 | G7 | Cmaj7 | % |".')
@click.option("--rules", default="", help="What is pruned: of grid,scale,leaps,repeats.")
@click.option("--seed", type=click.IntRange(0), help="The same seed makes the same files.")
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), help="The folder.")
@click.option(
    "--plot",
    type=click.Choice(["beats", "seconds"]),
    is_flag=False,
    flag_value="beats",
    help="Draw each as a piano roll too, over beats unless you say seconds.",
)
def command(
    *,
    primer: Path | None,
    model: str,
    count: int,
    steps: int | None,
    bars: int | None,
    seconds: float | None,
    bpm: float | None,
    temperature: float,
    restless: float,
    beam: int,
    branch: int,
    iteration: int,
    style: str,
    chart: str | None,
    rules: str,
    seed: int | None,
    output: Path,
    plot: str | None,
) -> None:
    """Let a model go on from PRIMER, or from nothing: -n files of primer and continuation.

    --model is a model's name, a .onnx file or the folder of a training run, RUN or RUN@UPDATE. How
    far to go on does not count the primer. The more --restless, from 0 to 1, the faster a loop is
    heated until it ends; 0 lets it be. In a beam search --beam continuations of each file are kept;
    every --iteration steps each of them branches into --branch, and the likeliest go on. The figure
    told of a file is the mean log-likelihood of a step, whatever the temperature. Files of the same
    names in OUTPUT are replaced.

    In a --style play models that know it, as `improvd models` shows.

    A model of the jazz family plays over the --chart, from its first bar on where the file begins,
    again and again; the chords are a track of their own. The --rules prune what it says: notes are
    put on a grid of sixteenths and triplets, moved to the scale of their chord, leaps beyond an
    octave taken back, and every second one of repeated notes left out.
    """
    from numpy.random import SeedSequence  # noqa: PLC0415 - only this verb pays for it

    from improvd.cli._keep import make_folder  # noqa: PLC0415 - the same
    from improvd.cli._over import Over  # noqa: PLC0415 - the same
    from improvd.engine.generate import Generator, Search  # noqa: PLC0415 - the same
    from improvd.models.sampling import Sampler  # noqa: PLC0415 - the same
    from improvd.ports.midifile import MidiFile, read_midi  # noqa: PLC0415 - the same

    if plot:
        import_module("matplotlib")  # if it is missing, that is said before anything is made
    if primer and bpm:
        raise click.UsageError("--bpm is for going on from nothing; PRIMER has its own tempo")
    music = read_midi(primer) if primer else MidiFile((), Bpm(bpm or _PLAIN), Meter())
    length = _length(steps, bars, seconds, music.bpm, music.meter)
    search = Search(beam, branch, iteration)
    over = Over.of(chart, rules, music.meter.bar)
    session = _load(model, search.streams)
    generator = Generator(session, search, over.harmony, music.bpm, style)
    if music.notes:
        generator.prime(music.notes, music.pedal)
    seed = secrets.randbits(32) if seed is None else seed
    how_far = f"{steps} steps" if steps else f"{length.beats:g} beats"
    told = [*over.told, *_unknown(generator, session.card.name, chart, style)]
    click.echo("\n".join([*told, f"{how_far} each, seed {seed}"]))
    name = primer.stem if primer else Path(model.partition("@")[0]).resolve().stem
    for number, dice in enumerate(SeedSequence(seed).spawn(count), 1):
        found = generator.generate(length, Sampler(temperature, seed=dice, restless=restless))
        path = output / f"{name}-{number:02}.mid"
        make_folder(path)
        kept = over.pruned(found.notes)
        players = {"primer": music.notes, "continuation": kept}
        pedal = {"primer": music.pedal, "continuation": found.pedal}
        chords = list(over.comping([*music.notes, *kept]))
        beside = _some({"chords": chords})
        _write(path, _some(players), beside, pedal=pedal, music=music, plot=plot)
        pruned = f" of {len(found.notes)} after pruning" if over.rules else ""
        click.echo(f"{path}: {len(kept)} notes{pruned}, {found.score:.3f} nats a step")


def _unknown(generator: Generator, name: str, chart: str | None, style: str) -> Iterator[str]:
    """What it is asked for and does not know, a line each."""
    if chart and not generator.chords:
        yield f"{name} knows no chords: they stand beside what it plays"
    if style and not generator.styles:
        yield f"{name} knows no styles: it plays as it would"


def _some(tracks: Mapping[str, Sequence[Note]]) -> dict[str, Sequence[Note]]:
    """Those that have notes."""
    return {name: notes for name, notes in tracks.items() if notes}


def _load(model: str, batch: int) -> Session:
    """The model of that name, of that file, or of a checkpoint of that run."""
    from improvd.engine.library import find_model  # noqa: PLC0415 - see above
    from improvd.engine.session import Session  # noqa: PLC0415 - the same

    run, _, update = model.partition("@")
    if not Path(run).is_dir():
        return Session.load(find_model(model), batch=batch)
    from improvd.train.onnx.playable import playable  # noqa: PLC0415 - only a run needs it

    with TemporaryDirectory() as place:
        path = Path(place) / "checkpoint.onnx"
        playable(Path(run), update, path)
        return Session.load(path, batch=batch)


def _write(
    path: Path,
    players: Mapping[str, Sequence[Note]],
    beside: Mapping[str, Sequence[Note]],
    *,
    pedal: Mapping[str, Sequence[Pedal]],
    music: MidiFile,
    plot: str | None,
) -> None:
    """The MIDI file, a track each, and its picture if one is wanted, of the players alone.

    Raises DataError.
    """
    from improvd.cli._draw import draw_pianoroll  # noqa: PLC0415 - see above
    from improvd.ports.midifile import write_midi  # noqa: PLC0415 - the same

    write_midi(path, {**players, **beside}, music.bpm, music.meter, pedal=pedal)
    if plot is None:
        return
    clock = music.bpm if plot == "seconds" else None
    picture = path.with_suffix(".png")
    try:
        draw_pianoroll(picture, players, music.meter, path.stem, clock)
    except OSError as fault:
        raise DataError(f"{picture}: cannot be written: {fault.strerror}") from None
