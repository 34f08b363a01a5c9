"""`improvd evaluate`: how well is held-out music foretold?"""

import os
import signal
import sys
from pathlib import Path
from threading import Event

import click

from improvd.cli._statistics import Asked
from improvd.cli._statistics import statistics as print_statistics
from improvd.ports.quiet import libraries_silenced
from improvd.train.data.sets import SETS


@click.command("evaluate")
@click.argument("what", metavar="RUN|MODEL")
@click.option("--data", type=click.Path(path_type=Path), help="The dataset folder.")
@click.option("--eval-examples", default=0, type=click.IntRange(0), help="Melodies; 0: all.")
@click.option("--follow", is_flag=True, help="Score each checkpoint as it comes, until Ctrl-C.")
@click.option("--markov", is_flag=True, help="Score Markov models of order 1 to 5 beside it.")
@click.option("--against", default="", help="Another model, to be compared with.")
@click.option("--statistics", is_flag=True, help="Compare what MODEL plays with real music.")
@click.option("--style", default="", help="With --statistics: in which style, beside such music.")
@click.option("-n", "count", default=200, show_default=True, type=click.IntRange(2, 10**5))
@click.option("--tones", default=100, show_default=True, type=click.IntRange(6, 10**4))
@click.option("--plot", type=click.Path(path_type=Path), help="A picture of the statistics.")
@click.option("--benchmark", type=click.Choice(list(SETS)), help="Score it on a benchmark set.")
@click.option("--full", is_flag=True, help="All steps of the set, not 2,000.")
@click.option("--validation", is_flag=True, help="Ask about validation music, not the test.")
@click.option("--temperatures", default=1000, show_default=True, type=click.IntRange(2, 10**6))
@click.option("--threads", default=0, type=click.IntRange(0), help="CPU threads; 0: one a core.")
def command(
    *,
    what: str,
    data: Path | None,
    eval_examples: int,
    follow: bool,
    markov: bool,
    against: str,
    statistics: bool,
    style: str,
    count: int,
    tones: int,
    plot: Path | None,
    benchmark: str | None,
    full: bool,
    validation: bool,
    temperatures: int,
    threads: int,
) -> None:
    """Score a training run's newest checkpoint, or a model, on melodies that were held out.

    MODEL is a name or a .onnx file and needs --data; a RUN knows its own. With --follow it goes on
    beside the training and writes for TensorBoard, into RUN/summaries. With --markov interpolated
    Markov models learn from the same melodies, in every key that fits. With --against both models
    are asked about the same melodies, and a bootstrap over pieces tells whether what one of them
    foretells better may be chance (exit code 1).

    With --statistics MODEL plays -n pieces of so many tones from nothing. Their polyphony, scale
    consistency, repetitions and tone span stand beside those of the dataset's test melodies, or
    with --validation of those that checkpoints are chosen by, with bootstrap intervals over pieces;
    --plot draws them. With --style all is in that one: what is played, and the real music. With
    --against it is told whether MODEL is nearer to real music than the other, of any family (exit
    code 1: beyond chance in fewer than three of the four).

    With --benchmark an `rnnrbm faithful` tells how likely it finds each step of that set, given
    those before: by annealed importance sampling, with 100 chains and so many temperatures. Beside
    it stands how many of the notes that it finds likelier than not are there: TP / (TP + FP + FN).
    --data is the set's .mat file, or a folder with it; of a RUN the best checkpoint is asked.
    """
    if style and not statistics:
        raise click.UsageError("--style needs --statistics")
    if statistics:
        if data is None or follow or markov or benchmark:
            raise click.UsageError(
                "--statistics needs --data, and no --follow, --markov or --benchmark"
            )
        models = [what, against] if against else [what]
        asked = Asked(data, count, tones, style, validation=validation)
        sys.exit(print_statistics(models, asked, plot))
    if benchmark:
        if data is None or follow or markov:
            raise click.UsageError("--benchmark needs --data, and no --follow and no --markov")
        effort = {"temperatures": temperatures, "threads": threads or os.cpu_count() or 1}
        rolls = "validation" if validation else "test"
        _on_benchmark(what, benchmark, data, rolls, effort | ({"sample": 0} if full else {}))
        return
    if against:
        if data is None or follow or markov:
            raise click.UsageError("--against needs --data, and no --follow and no --markov")
        _against(what, against, data, eval_examples)
        return
    _held_out(what, data, eval_examples, follow=follow, markov=markov)


def _held_out(
    what: str, data: Path | None, eval_examples: int, *, follow: bool, markov: bool
) -> None:
    from improvd.engine.library import find_model  # noqa: PLC0415 - only this verb pays for it

    with libraries_silenced():  # TensorFlow's greetings are no news
        from improvd.train.measure import evaluate  # noqa: PLC0415 - TensorFlow takes seconds to import
    from improvd.train.measure.markov import compare  # noqa: PLC0415 - the same
    from improvd.train.runs.run import Settings  # noqa: PLC0415 - the same

    folder = Path(what)
    if not folder.is_dir():
        if data is None or follow:
            raise click.UsageError(f"{what} is no folder of a run: give --data, without --follow")
        model = find_model(what)
        click.echo(f"{what}: {evaluate.score_model(model, data, eval_examples)}")
        settings = evaluate.settings_of(model, data)
    else:
        settings = Settings.load(folder)
        interrupted = Event()
        if follow:
            # An interrupt raised inside TensorFlow may be lost there
            signal.signal(signal.SIGINT, lambda *_: interrupted.set())
            scored = evaluate.follow_run(folder, data, eval_examples, interrupted.wait)
        else:
            scored = evaluate.score_run(folder, data, eval_examples)
        for update, scores in scored:
            click.echo(f"{update:>8}  {scores}")
            if interrupted.is_set():
                break
        if interrupted.is_set():
            raise click.Abort
    if markov:
        for line in compare(settings, data or Path(settings.data), eval_examples):
            click.echo(line)


def _against(what: str, other: str, data: Path, examples: int) -> None:
    from improvd.engine.library import find_model  # noqa: PLC0415 - only this verb pays for it

    with libraries_silenced():  # TensorFlow's greetings are no news
        from improvd.train.measure.against import against  # noqa: PLC0415 - it takes seconds

    found = against(find_model(what), find_model(other), data, examples)
    click.echo(f"{found.question}: {what} {found.own:.4f}, {other} {found.other:.4f}")
    click.echo(
        f"difference {found.difference:.4f}, 95 % interval {found.low:.4f} .. {found.high:.4f}"
    )
    sys.exit(0 if found.holds else 1)


def _on_benchmark(what: str, name: str, data: Path, rolls: str, effort: dict[str, int]) -> None:
    from improvd.engine.library import find_model  # noqa: PLC0415 - only this verb pays for it

    with libraries_silenced():  # TensorFlow's greetings are no news
        from improvd.train.measure.likelihood import Effort, score  # noqa: PLC0415 - it takes seconds

    place = Path(what) if Path(what).is_dir() else find_model(what)
    click.echo(f"{name}, {rolls}: {score(place, name, data, rolls, Effort(**effort))}")
