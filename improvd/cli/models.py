"""`improvd models`: the cards of the models that are there."""

from __future__ import annotations

import json
from pathlib import Path

import click

from improvd.errors import ModelError
from improvd.models.card import Card


@click.command("models")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list instead.")
def command(as_json: bool) -> None:  # noqa: FBT001 - click hands it
    """Show what each model is, what it learnt from, and how well.

    The name is what `model.name` in config.toml takes. A file that is no model is told after the
    others; the exit code is then 2.
    """
    from improvd.engine.library import folders, model_files  # noqa: PLC0415 - slow: when asked

    files = model_files()
    if not files:
        raise ModelError(f"there are no models in {', '.join(map(str, folders()))}")
    cards, faults = _cards(files)
    if as_json:
        print(json.dumps([_row(name, card, files[name]) for name, card in cards.items()], indent=2))
    else:
        print("\n\n".join(_told(name, card, files[name]) for name, card in cards.items()))
    if faults:
        raise ModelError("\n".join(faults))


def _cards(files: dict[str, Path]) -> tuple[dict[str, Card], list[str]]:
    """The card of each model that loads, and a line for each that does not."""
    from improvd.engine.session import Session  # noqa: PLC0415 - slow: when asked

    cards, faults = {}, []
    for name, path in files.items():
        try:
            cards[name] = Session.load(path).card
        except ModelError as fault:
            faults.append(str(fault))
    return cards, faults


def _told(name: str, card: Card, path: Path) -> str:
    sources = "; ".join(f"{source.name} ({source.licence})" for source in card.sources)
    began = f" after {card.start}" if card.start else ""
    return "\n".join(
        (
            name,
            f"  {card.description}",
            f"  family       {card.family}, configuration {card.configuration}",
            f"  learnt from  {sources}",
            f"  held out     {card.loss_per_note:.3f} nats a note, {card.loss_per_step:.3f} a step",
            f"  trained      {card.updates} updates{began}; improvd {card.version}, {card.created}",
            f"  file         {path}",
        )
    )


def _row(name: str, card: Card, path: Path) -> dict[str, object]:
    """As JSON: the card, under the name and with the file that it was found by.

    Without its vocabulary, which may be a hundred thousand tokens.
    """
    return {**card.model_dump(mode="json", exclude={"tokens"}), "name": name, "file": str(path)}
