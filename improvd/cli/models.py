"""`improvd models`: the cards of the models that are there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import click

from improvd.errors import ModelError
from improvd.models.card import Card


class _Model(NamedTuple):
    name: str  # which it was found by
    path: Path
    card: Card
    styles: Sequence[str]


@click.command("models")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list instead.")
def command(as_json: bool) -> None:  # noqa: FBT001 - click hands it
    """Show what each model is, what it learnt from, and how well.

    The name is what `model.name` in config.toml takes, a style what `model.style` does. A file that
    is no model is told after the others; the exit code is then 2.
    """
    from improvd.engine.library import folders, model_files  # noqa: PLC0415 - slow: when asked

    files = model_files()
    if not files:
        raise ModelError(f"there are no models in {', '.join(map(str, folders()))}")
    models, faults = _read(files)
    if as_json:
        print(json.dumps([_row(each) for each in models], indent=2))
    else:
        print("\n\n".join(map(_told, models)))
    if faults:
        raise ModelError("\n".join(faults))


def _read(files: dict[str, Path]) -> tuple[list[_Model], list[str]]:
    """The models that load, and a line for each file that does not."""
    from improvd.engine.session import Session  # noqa: PLC0415 - slow: when asked

    models, faults = [], []
    for name, path in files.items():
        try:
            card = Session.load(path).card
            models.append(_Model(name, path, card, _styles(card, path)))
        except ModelError as fault:
            faults.append(str(fault))
    return models, faults


def _styles(card: Card, path: Path) -> Sequence[str]:
    """Those that it knows. Raises ModelError where this improvd does not know its like."""
    from improvd.models.base import styles_of  # noqa: PLC0415 - slow: when asked

    try:
        return styles_of(card)
    except ModelError as fault:
        raise ModelError(f"{path}: {fault}") from None


def _told(model: _Model) -> str:
    name, path, card, styles = model
    sources = "; ".join(f"{source.name} ({source.licence})" for source in card.sources)
    began = f" after {card.start}" if card.start else ""
    lines = (
        name,
        f"  {card.description}",
        f"  family       {card.family}, configuration {card.configuration}",
        f"  styles       {', '.join(styles)}" if styles else "",
        f"  learnt from  {sources}",
        f"  held out     {card.loss_per_note:.3f} nats a note, {card.loss_per_step:.3f} a step",
        f"  trained      {card.updates} updates{began}; improvd {card.version}, {card.created}",
        f"  file         {path}",
    )
    return "\n".join(filter(None, lines))


def _row(model: _Model) -> dict[str, object]:
    """As JSON: the card, under the name and with the file that it was found by, and its styles.

    Without its vocabulary, which may be a hundred thousand tokens.
    """
    told = model.card.model_dump(mode="json", exclude={"tokens"})
    return {**told, "styles": list(model.styles), "name": model.name, "file": str(model.path)}
