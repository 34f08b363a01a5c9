"""`improvd export`: a training run -> a model file that improvd plays."""

from pathlib import Path

import click

from improvd.ports.quiet import libraries_silenced


@click.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--output", "-o", required=True, type=click.Path(path_type=Path), help="NAME.onnx")
def command(run: Path, output: Path) -> None:
    """Write the best checkpoint of RUN as a model file, checked against Keras first.

    That is the newest, or the one that foretold the held-out melodies better on the way.
    """
    with libraries_silenced():  # TensorFlow's greetings are no news
        from improvd.train.learn.finish import finish  # noqa: PLC0415 - takes seconds

    card, difference = finish(run, output)
    click.echo(f"{output}: {card.loss_per_step:.4f} nats a step, {card.loss_per_note:.4f} a note")
    click.echo(f"logits differ from Keras' by {difference:.1e} at most")
