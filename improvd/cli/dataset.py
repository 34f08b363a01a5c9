"""`improvd dataset`: a folder of music -> melodies to train on."""

from pathlib import Path

import click

from improvd.train.data.sets import SETS


@click.command("dataset")
@click.argument("family")
@click.option("--config", "configuration", default="", help="[default: the family's first]")
@click.option(
    "--data",
    required=True,
    type=click.Path(),
    help="The music folder; `takes`: what was played in the takes.",
)
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), help="The folder.")
@click.option(
    "--eval-ratio", default=0.1, show_default=True, type=click.FloatRange(0.0, 0.9, min_open=True)
)
@click.option("--test-ratio", default=0.0, show_default=True, type=click.FloatRange(0.0, 0.5))
@click.option("--dt", default=0.0, type=click.FloatRange(0.0, 10.0), help="Seconds a step.")
@click.option("--benchmark", type=click.Choice(list(SETS)), help="The set to learn, from --data.")
def command(
    *,
    family: str,
    configuration: str,
    data: str,
    output: Path,
    eval_ratio: float,
    test_ratio: float,
    dt: float,
    benchmark: str | None,
) -> None:
    """Read every MIDI, ABC and MusicXML file below --data and keep its melodies in OUTPUT.

    --config matters where a configuration has steps of its own: `events pedal` hears keys and the
    pedal instead of how long notes sound; `events faithful` reads MIDI files alone, each track as
    it is, and every distinct event is a token.

    About --eval-ratio of the melodies are held out, to choose checkpoints by. --test-ratio of them
    are kept for a last test, and seen by nothing before: `evaluate --statistics` asks about them.

    Of takes only what was played is learnt, not what was answered.

    With --dt a step lasts so many seconds whatever the tempo, for families with a grid; else it is
    a part of a beat. With --benchmark --data is the .mat file of that set, or a folder with it: its
    training set is learnt from, its validation set held out, and its test set never seen.

    A SOURCE.txt beside the music (lines DATASET:, LICENCE:, ORIGIN:) goes into the model's card.
    """
    from improvd.models.base import family as find  # noqa: PLC0415 - only this verb pays for it
    from improvd.train.data.dataset import build  # noqa: PLC0415 - the same
    from improvd.train.data.takes import build_of_takes, is_takes  # noqa: PLC0415 - the same

    if benchmark:
        from improvd.train.data.benchmark import build_of_benchmark  # noqa: PLC0415 - the same

        dataset = build_of_benchmark(find(family), configuration, benchmark, Path(data))
    elif is_takes(data):
        dataset = build_of_takes(find(family), eval_ratio, configuration)
    else:
        dataset = build(find(family), Path(data), eval_ratio, configuration, dt, test=test_ratio)
    dataset.save(output)
    for what, count in dataset.counts.items():
        click.echo(f"{count:>10,}  {what}")
