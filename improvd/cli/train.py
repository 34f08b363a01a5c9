"""`improvd train`: learn a model from a dataset."""

import logging
import os
from pathlib import Path

import click

from improvd.ports.quiet import libraries_silenced


@click.command("train")
@click.argument("family")
@click.option("--config", "configuration", default="basic", show_default=True)
@click.option("--data", required=True, type=click.Path(path_type=Path), help="The dataset folder.")
@click.option("--run", "folder", required=True, type=click.Path(path_type=Path), help="The folder.")
@click.option("--steps", default=0, show_default=True, help="Updates; 0: until interrupted.")
@click.option("--learning-rate", default=3e-3, show_default=True)
@click.option("--dropout", default=0.1, show_default=True)
@click.option("--threads", default=0, show_default=True, help="CPU threads; 0: one a core.")
def command(  # noqa: PLR0917 - click hands every option by its name
    family: str,
    configuration: str,
    data: Path,
    folder: Path,
    steps: int,
    learning_rate: float,
    dropout: float,
    threads: int,
) -> None:
    """Train a configuration of FAMILY in the folder of a run, going on where it stands.

    Ctrl-C keeps what was reached.
    """
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    with libraries_silenced():  # TensorFlow's greetings are no news
        from improvd.train.fit import Trainer, use_threads  # noqa: PLC0415 - takes seconds
    from improvd.train.dataset import Dataset  # noqa: PLC0415 - only this verb pays for it
    from improvd.train.run import Run, Settings  # noqa: PLC0415 - the same

    use_threads(threads)
    dataset = Dataset.load(data)
    settings = Settings(
        family,
        configuration,
        str(data),
        tuple(dataset.sources),
        learning_rate=learning_rate,
        dropout=dropout,
    )
    Trainer(Run(folder, settings), dataset).fit(steps)
