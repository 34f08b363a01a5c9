"""Four hours of jamming, over a real jackd, while the daemon is mistreated and a key is held down.

It is the music of four hours at 60 bpm; a faster clock outside lets it be played in 48 minutes.
Each minute both processes are looked at, and a line is written to runs/long-jam.txt, so that a run
that is broken off has told what it saw. IMPROVD_SOAK_MINUTES makes it shorter, which the file says.
"""

import json
import os
import random
import signal
import time
from pathlib import Path
from typing import NamedTuple

import pytest
from listener import Listener
from partner import Partner, improvd
from vitals import Vitals
from witness import OFF, ON, Keyboard

pytestmark = [pytest.mark.soak, pytest.mark.jackd]

BPM, BEATS = 300.0, 14_400  # four hours at 60 bpm
WHOLE = BEATS / BPM  # minutes
MINUTES = float(os.environ.get("IMPROVD_SOAK_MINUTES", WHOLE))
WARM = MINUTES * 10 / WHOLE  # minutes, after which nothing may grow any more
TURNS = 500 * MINUTES / WHOLE
GROWN = 5.0  # megabytes
DRIFTED = {"median": 1.0, "p99": 3.0}  # ms, from the first part to the last

CONTROL, HELD = 0xB0, (0x91, 36, 80)
CONFIG = {
    "midi": {"backend": "jack", "input": "virtual", "clock_input": "virtual"},
    "tempo": {"source": "midi-clock", "bpm": BPM},
    "turns": {"max_hold": 1.0, "silence": "beat", "interrupt": "stop"},
}
DIARY = Path(__file__).parents[2] / "runs" / "long-jam.txt"


class Look(NamedTuple):
    """Both processes after so many minutes."""

    minute: float
    turns: int
    lost: float  # ms of jackd's frames, since the beginning
    mind: Vitals
    player: Vitals

    def __str__(self) -> str:
        told = [f"{self.minute:6.1f} {self.turns:6d} {self.lost:9.0f}"]
        told += (f"{each[0]:8d} {each[1]:8.2f} {each[2]:4d} {each[3]:4d}" for each in self[3:])
        return "  ".join(told)


HEAD = "minute  turns  lost(ms)  " + "  ".join(
    f"{who:>8} RssAnon(MB) fds thr" for who in ("mind", "player")
)


class Diary:
    """What was seen, on the disk at once."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
        self._path = path

    def write(self, line: object) -> None:
        with self._path.open("a") as file:
            file.write(f"{line}\n")
        print(line)  # noqa: T201 - pytest -s shows it


def play_something(keyboard, dice):
    """A phrase, a barge-in, a pedal, a stuck key or nonsense."""
    what = dice.random()
    if what < 0.1:
        keyboard.play(*dice.choices(range(256), k=dice.randrange(1, 4)))
    if what < 0.2:
        keyboard.play(CONTROL, 64, 127)
    for _ in range(dice.randrange(1, 12)):
        pitch = dice.randrange(30, 100)
        keyboard.play(ON, pitch, dice.randrange(1, 128))
        time.sleep(dice.choice((0.05, 0.1, 0.2)))
        if what > 0.03:  # else the key is stuck
            keyboard.play(OFF, pitch, 0)
    keyboard.play(CONTROL, 64, 0)
    time.sleep(dice.choice((0.1, 0.7, 1.5, 3.0)))


def kill_the_player(partner):
    line = len(partner.said)
    os.kill(partner.player, signal.SIGKILL)
    partner.wait_for("ready on jack", line)


def jam(partner, keyboard, listener, diary):
    """All of it; what was seen each minute, and the spreads of the parts."""
    dice, began = random.Random(7), time.monotonic()
    looks: list[Look] = []
    spreads: list[dict[str, float]] = []
    listener.start_clock(MINUTES)
    while (minute := (time.monotonic() - began) / 60) < MINUTES:
        play_something(keyboard, dice)
        listener.listen()
        # Early and late only, so that one player lives long enough to be seen to grow.
        if not 0.8 * WARM < minute < 0.9 * MINUTES and dice.random() < 0.01:
            kill_the_player(partner)
            diary.write(f"{minute:6.1f} the player is killed")
            listener.start_clock(MINUTES - minute)
        if minute >= len(looks) + 1:
            turns = sum("answering" in line for line in partner.said)
            pids = partner.process.pid, partner.player
            looks.append(Look(minute, turns, listener.lost, *map(Vitals.of, pids)))
            diary.write(looks[-1])
        if minute >= WARM * (len(spreads) + 1) and listener.off:
            spreads.append(listener.spread())
            diary.write(told(minute, spreads[-1]))
    if listener.off:
        spreads.append(listener.spread())
        diary.write(told(MINUTES, spreads[-1]))
    return looks, spreads


def told(minute, values):
    figures = "  ".join(f"{key} {value:.3g}" for key, value in values.items())
    return f"{minute:6.1f} ms off the grid until then: {figures}"


def grown(seen):
    """Megabytes, descriptors and threads of the process that was seen most often."""
    pids = [each.pid for each in seen]
    first, *later = [each for each in seen if each.pid == max(pids, key=pids.count)]
    return [max(each[n] for each in later) - first[n] for n in (1, 2, 3)]


@pytest.fixture
def partner(jackd, monkeypatch, tmp_path):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", jackd.name)
    monkeypatch.setitem(jackd.env, "XDG_DATA_HOME", str(tmp_path / "data"))
    partner = Partner(tmp_path, jackd.env, **CONFIG)
    yield partner
    partner.close()


@pytest.fixture
def listener(jackd, keyboard, organ, partner):
    """Hears the daemon, which hears both keyboards."""
    partner.wait_for("ready on jack")
    for each in (keyboard, organ):
        jackd.connect(each.port, "improvd:hears")
    listener = Listener(BPM)
    yield listener
    listener.close()


@pytest.fixture
def organ(jackd):
    organ = Keyboard(jackd, "organ")
    yield organ
    organ.close()


def test_nothing_hangs_nothing_grows_and_it_never_stops_answering(
    keyboard, organ, partner, listener
):
    diary, shortened = Diary(DIARY), ", shortened" if MINUTES < WHOLE else ""
    diary.write(f"{MINUTES:g} of {WHOLE:g} minutes at {BPM:g} bpm{shortened}\n{HEAD}")
    organ.play(*HELD)
    looks, spreads = jam(partner, keyboard, listener, diary)
    organ.play(HELD[0] ^ 0x10, *HELD[1:])
    assert partner.ends(signal.SIGTERM) == 0
    time.sleep(0.5)
    listener.listen()
    warm = [look for look in looks if look.minute >= WARM]
    growth = [grown([look[who] for look in warm]) for who in (3, 4)]
    diary.write(f"grown by MB, descriptors, threads: mind {growth[0]}, player {growth[1]}")
    diary.write(f"left on: {len(listener.down)}, struck twice: {listener.twice}")
    assert not listener.down
    assert not listener.twice
    assert looks[-1].turns >= TURNS
    for megabytes, descriptors, threads in growth:
        assert megabytes < GROWN
        assert descriptors <= 0
        assert threads <= 0
    for figure, most in DRIFTED.items():
        assert spreads[-1][figure] - spreads[0][figure] < most
    assert not [line for line in partner.said if "Traceback" in line]
    check_it_is_kept(partner, listener, diary)


def check_it_is_kept(partner, listener, diary):
    """As one take, with all that was heard of the answers."""
    code, said = improvd(partner, "takes", "list", "--json")
    assert code == 0, said
    (take,) = json.loads(said)
    diary.write(f"kept: {take}, heard: {listener.ons}")
    assert take["answered"] == pytest.approx(listener.ons, rel=0.01)
    assert take["seconds"] == pytest.approx(MINUTES * 60, rel=0.05)
