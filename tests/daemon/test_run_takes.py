"""The daemon keeps what is played over a real jackd, however it ends and whatever the disk says."""

import json
import os
import signal
import time
from itertools import pairwise
from pathlib import Path

import mido
import pytest
from partner import improvd
from witness import OFF, ON, is_on, play

pytestmark = pytest.mark.jackd

RATE = 48_000


@pytest.fixture
def data(jackd, monkeypatch, tmp_path):
    """Where the daemon of this test keeps its data."""
    monkeypatch.setitem(jackd.env, "XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data"


def takes(partner):
    code, told = improvd(partner, "takes", "list", "--json")
    assert code == 0, told
    return json.loads(told)


def onsets(take, track):
    """The seconds of its note-ons, and the keys."""
    file = mido.MidiFile(take["file"])
    file.tracks = [each for each in file.tracks if each.name in ("", track)]
    second, found = 0.0, []
    for message in file:
        second += message.time
        if message.type == "note_on" and message.velocity:
            found.append((second, message.note))
    return found


def test_a_jam_is_kept_as_it_sounded(data, stage, keyboard, recorder):
    partner = stage(controls={"mute": "note 21"})
    keyboard.play(ON, 21, 80)
    keyboard.play(OFF, 21, 0)
    keyboard.play(ON, 21, 80)
    keyboard.play(OFF, 21, 0)
    play(keyboard)
    partner.wait_for("answer over")
    heard = [(frame, data[1]) for frame, data in recorder.rest(0.3) if is_on(data)]
    (take,) = takes(partner)
    assert take["unfinished"]
    assert partner.ends(signal.SIGTERM) == 0
    (take,) = takes(partner)
    assert (take["played"], take["answered"], take["bpm"]) == (4, len(heard), 120.0)
    assert [pitch for _, pitch in onsets(take, "player")] == [60, 62, 64, 65]
    answer = onsets(take, "partner")
    assert [pitch for _, pitch in answer] == [pitch for _, pitch in heard]
    apart = [later - sooner for (sooner, _), (later, _) in pairwise(answer)]
    frames = [(later - sooner) / RATE for (sooner, _), (later, _) in pairwise(heard)]
    assert apart == pytest.approx(frames, abs=0.005)  # an xrun moves frames against seconds
    assert not list(Path(take["file"]).parent.glob("*.journal"))


def test_a_sigkill_loses_no_more_than_the_last_second(data, stage, keyboard, recorder):
    partner = stage({"mode": "listen"})
    for number in range(30):
        keyboard.play(ON, 40 + number, 80)
        time.sleep(0.05)
        keyboard.play(OFF, 40 + number, 0)
        time.sleep(0.05)
    mind, player = partner.process.pid, partner.player
    os.kill(mind, signal.SIGKILL)
    os.kill(player, signal.SIGKILL)
    partner.ends()
    (take,) = takes(partner)
    assert not take["unfinished"]
    played = [pitch for _, pitch in onsets(take, "player")]
    assert played == list(range(40, 40 + len(played)))
    assert len(played) >= 20, "ten of them are a second"


@pytest.mark.parametrize("fault", ["a file in the way", "no home"])
def test_where_nothing_can_be_kept_it_plays_and_says_so_once(
    *, data, jackd, stage, keyboard, recorder, monkeypatch, fault
):
    if fault == "no home":
        monkeypatch.delitem(jackd.env, "XDG_DATA_HOME")
        monkeypatch.setitem(jackd.env, "HOME", "/proc/nobody")
    else:
        data.write_text("in the way")
    partner = stage()
    line = 0
    for _ in range(2):
        play(keyboard)
        line = partner.wait_for("answer over", line)
    assert partner.ends(signal.SIGTERM) == 0
    told = [line for line in partner.said if "not recorded" in line]
    assert len(told) == 1
    assert not [line for line in partner.said if "Traceback" in line]


def test_turned_off_by_one_line_nothing_is_kept(data, stage, keyboard):
    partner = stage(takes={"keep": False})
    play(keyboard)
    partner.wait_for("answer over")
    assert partner.ends(signal.SIGTERM) == 0
    assert not data.exists()
