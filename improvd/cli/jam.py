"""`improvd jam`: the whole daemon, with a MIDI file at the keyboard."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from improvd.cli._keyboard import Keyboard
    from improvd.core.note import Note
    from improvd.core.pedal import Press
    from improvd.daemon.log import Turn
    from improvd.daemon.service import Service

PLAYER: Final = "player"
PARTNER: Final = "improvd"
_PATIENCE: Final = 30.0  # seconds beyond an answer's own length


@click.command("jam")
@click.argument("primer", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), default="jam.mid")
@click.option("--config", type=click.Path(path_type=Path), help="A config.toml, instead of yours.")
@click.option(
    "--bars",
    default=4,
    show_default=True,
    type=click.IntRange(1),
    help="A longer phrase is cut after so many.",
)
@click.option(
    "--turns",
    default=0,
    type=click.IntRange(0),
    help="Stop after so many phrases (0: play them all).",
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    help="The same seed draws the same answers to the same playing.",
)
def command(
    *, primer: Path, output: Path, config: Path | None, bars: int, turns: int, seed: int | None
) -> None:
    """Play PRIMER's phrases to improvd in real time; save both players to OUTPUT."""
    from improvd.cli._keep import keep, make_folder  # noqa: PLC0415 - only this verb pays for it
    from improvd.cli._keyboard import Keyboard, notes, pedal, phrases  # noqa: PLC0415 - the same
    from improvd.config import load_config  # noqa: PLC0415 - the same
    from improvd.core.pedal import presses  # noqa: PLC0415 - the same
    from improvd.core.tempo import Tempo  # noqa: PLC0415 - the same
    from improvd.daemon.build import build  # noqa: PLC0415 - the same
    from improvd.ports.midifile import read_midi  # noqa: PLC0415 - the same

    music = read_midi(primer)
    make_folder(output)  # before anybody has played in vain
    tempo = {"bpm": music.bpm, "meter": str(music.meter)}
    settings = load_config(
        config,
        tempo=tempo,
        model={"seed": seed},
        midi={"name": f"jam-{os.getpid()}"},
        takes={"keep": False},  # it is kept here, and nobody has played it
        status={"prometheus": "off"},  # that port belongs to the daemon
    )
    keyboard = Keyboard(music.bpm)
    turn = Turns()
    service = build(settings, keyboard.ports.fileno(), turn.told)
    cut = phrases(music.notes, music.meter.bar, bars)[: turns or None]
    held = presses(music.pedal, max(note.end for note in music.notes))
    hands = threading.Thread(target=_play, args=(keyboard, cut, held, turn, service), daemon=True)
    hands.start()
    service.run()
    keyboard.listen()
    if not keyboard.played:
        return
    grid = Tempo(music.bpm, keyboard.played[0][0])
    players = {PLAYER: notes(keyboard.played, grid), PARTNER: notes(keyboard.heard, grid)}
    pedals = {PLAYER: pedal(keyboard.played, grid), PARTNER: pedal(keyboard.heard, grid)}
    for line in keep(output, players, music.bpm, music.meter, primer.stem, pedals=pedals):
        click.echo(line)


class Turns:
    """Prints each turn when it is over, and lets the keyboard wait for an answer."""

    def __init__(self) -> None:
        self._answered = threading.Event()

    def told(self, turn: Turn) -> None:
        """A turn is over."""
        who = PLAYER if turn.author == "player" else PARTNER
        bpm = turn.tempo.bpm
        click.echo(f"{who:>8}  {len(turn.notes):3} notes  {turn.length:3.0f} beats  {bpm:5.1f} bpm")
        if who == PARTNER:
            self._answered.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end of an answer; False when none came."""
        return self._answered.wait(seconds)

    def expect(self) -> None:
        """The next answer is another one."""
        self._answered.clear()


def _play(
    keyboard: Keyboard,
    cut: list[list[Note]],
    held: list[Press],
    turn: Turns,
    service: Service,
) -> None:
    """The keyboard's thread: a phrase, its answer, the next phrase."""
    service.wait_until_ready()
    for phrase in cut:
        turn.expect()
        keyboard.play(phrase, held)
        span = (phrase[-1].end - phrase[0].onset) * 60.0 / keyboard.bpm
        if not turn.wait(span + _PATIENCE):
            click.echo(f"no answer to a phrase of {len(phrase)} notes")
        keyboard.listen()
    service.stop()
