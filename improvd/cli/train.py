"""`improvd train`: learn a model from a dataset."""

import logging
import math
import signal
import time
from collections.abc import Callable
from pathlib import Path

import click

from improvd.ports.quiet import libraries_silenced

_COUNT = click.IntRange(0)


@click.command("train")
@click.argument("family")
@click.option("--config", "configuration", default="", help="[default: the family's first]")
@click.option(
    "--data",
    required=True,
    type=click.Path(),
    help="The dataset folder; `takes`: what was played in the takes.",
)
@click.option("--run", "folder", required=True, type=click.Path(path_type=Path), help="The folder.")
@click.option("--start", help="What to begin with: a model's name, a .onnx file or a run's folder.")
@click.option("--hparams", default="", help='Such as "batch_size=64,rnn_layer_sizes=[256,256]".')
@click.option("--steps", default=0, type=_COUNT, help="Updates; 0, the default: until interrupted.")
@click.option("--epochs", default=0, type=_COUNT, help="Instead: how often the music is learnt.")
@click.option(
    "--summary-every",
    default=0,
    type=_COUNT,
    help="Updates; 0, the default: 100, or with --epochs an epoch.",
)
@click.option("--keep", default=3, show_default=True, type=_COUNT, help="Checkpoints; 0: all.")
@click.option("--eval-examples", default=0, type=_COUNT, help="Held-out melodies; 0: all.")
@click.option("--statistics", default=0, type=_COUNT, help="Pieces played at each check; 0: none.")
@click.option("--transpose-to-key", type=click.IntRange(0, 11), help="One key for all; 0: C.")
@click.option("--time-limit", type=click.FloatRange(0), help="Minutes after which it ends.")
@click.option("--threads", default=0, type=_COUNT, help="CPU threads; 0: one a core.")
def command(  # noqa: PLR0917 - click hands every option by its name
    family: str,
    configuration: str,
    data: str,
    folder: Path,
    start: str | None,
    hparams: str,
    steps: int,
    epochs: int,
    summary_every: int,
    keep: int,
    eval_examples: int,
    statistics: int,
    transpose_to_key: int | None,
    time_limit: float | None,
    threads: int,
) -> None:
    """Train a configuration of FAMILY in the folder of a run, going on where it stands.

    Ctrl-C, TERM and the end of the time keep what was reached. A checkpoint is kept and the loss of
    held-out music told every ten summaries; the best of them stays. With --statistics the network
    then plays so many pieces from nothing: their polyphony, scale consistency, repetitions and tone
    span are told, beside those of that music; who learns by a critic is judged by these alone.
    Hyper-parameters: batch_size, window, learning_rate, last_rate, decay, optimizer, dropout,
    clip_norm, l2, augment, carry, first_window, grow, gibbs, feedback, adversarial, matching,
    freeze, critic_layer_sizes, critic_rate, critic_dropout, instance_noise, beta, primed, averaged,
    foretelling, rnn_layer_sizes, seed; the word `faithful` among them stands for the setting of the
    RNN-RBM tutorial, `jazz` for that of the jazz notebook. Of takes a tenth is held out, and the
    dataset stays in the run. Where TF_CONFIG names several workers, all share the work: they need
    the same dataset and see the same run folder.
    """
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    from improvd.models.base import family as find  # noqa: PLC0415 - the same
    from improvd.train.runs.hparams import parse  # noqa: PLC0415 - only this verb pays for it

    parsed = parse(hparams)
    with libraries_silenced():  # TensorFlow's greetings are no news
        from improvd.train.learn.fit import (  # noqa: PLC0415 - takes seconds
            SUMMARY_EVERY,
            Trainer,
            use_threads,
            workers,
        )
    from improvd.train.data.dataset import Dataset  # noqa: PLC0415 - only this verb pays for it
    from improvd.train.data.takes import dataset_folder  # noqa: PLC0415 - the same
    from improvd.train.onnx.start import started  # noqa: PLC0415 - the same
    from improvd.train.runs.run import Run, Settings  # noqa: PLC0415 - the same

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    use_threads(threads)
    strategy = workers()
    configuration = find(family).named(configuration).name
    there = dataset_folder(data, folder, find(family), configuration)
    dataset = Dataset.load(there)
    dataset.check(there, family, configuration)
    sources = tuple(dataset.sources)
    settings = Settings(
        *(family, configuration, str(there.resolve()), sources, parsed, transpose_to_key),
        tokens=dataset.tokens,
    )
    if start:
        settings = started(settings, start)
    run = Run(folder, settings, keep)
    trainer = Trainer(run, dataset, eval_examples, strategy, statistics)
    trainer.fit(
        steps or epochs * trainer.epoch,
        summary_every or (trainer.epoch if epochs else SUMMARY_EVERY),
        _timer(time_limit),
    )


def _timer(minutes: float | None) -> Callable[[], bool]:
    """Is the time over, counted from now? None: never."""
    end = math.inf if minutes is None else time.monotonic() + 60 * minutes
    return lambda: time.monotonic() >= end
