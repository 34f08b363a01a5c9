"""Lines on standard error: for people, for the journal, for programs."""

import json
import logging
import os
import subprocess
import sys
import time

import pytest
from fakes import NO_EVENT, room

from improvd.core.units import Channel, Pitch, Velocity
from improvd.play.logs import log_to_stderr
from improvd.play.messages import Alive, Begin, Ended, Finish, Heard, PlannedNote, Play, Ready, Sent

log = logging.getLogger("improvd.test")


@pytest.fixture(autouse=True)
def root_as_before():
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers


def fail():
    try:
        int("no\nnote")
    except ValueError:
        log.exception("odd")


def test_on_a_terminal_lines_are_plain(capsys):
    log_to_stderr("info", "plain")
    log.info("ready")
    log.debug("not said")
    log.warning("%d notes", 2)
    assert capsys.readouterr().err == "improvd: INFO: ready\nimprovd: WARNING: 2 notes\n"


def test_the_journal_is_told_the_priority_of_every_line(capsys):
    log_to_stderr("debug", "journal")
    for say in (log.debug, log.info, log.warning, log.error, log.critical):
        say("la")
    fail()
    lines = capsys.readouterr().err.splitlines()
    assert lines[:5] == ["<7>la", "<6>la", "<4>la", "<3>la", "<3>la"]
    assert len(lines) > 8, "the traceback"
    assert all(line.startswith("<3>") for line in lines[5:])


def test_json_is_one_object_a_line(capsys):
    log_to_stderr("info", "json")
    log.info("ready on %s", "jack\nor so")
    fail()
    ready, odd = map(json.loads, capsys.readouterr().err.splitlines())
    told = {key: ready[key] for key in ("level", "logger", "pid", "message")}
    assert told == {
        "level": "info",
        "logger": "improvd.test",
        "pid": os.getpid(),
        "message": "ready on jack\nor so",
    }
    assert time.strptime(ready["time"][:19], "%Y-%m-%dT%H:%M:%S")
    assert odd["message"] == "odd"
    assert odd["exception"].splitlines()[-1].startswith("ValueError: invalid literal")


@pytest.mark.parametrize(("named", "said"), [(True, "<6>la"), (False, "improvd: INFO: la")])
def test_the_journal_is_known_by_the_name_that_systemd_gives_it(tmp_path, named, said):
    """JOURNAL_STREAM names its device and inode; standard error may have been led elsewhere."""
    script = (
        "import logging; from improvd.play import logs; logs.log_to_stderr(); logging.info('la')"
    )
    with (tmp_path / "err").open("w") as end:
        stat = os.fstat(end.fileno())
        stream = f"{stat.st_dev}:{stat.st_ino + (not named)}"
        env = os.environ | {"JOURNAL_STREAM": stream}
        subprocess.run([sys.executable, "-c", script], stderr=end, env=env, check=True)
    assert (tmp_path / "err").read_text() == f"{said}\n"


def test_a_player_process_logs_as_it_is_told(start_player):
    player = start_player(log_format="json")
    player.wait_for(Ready)
    player.mind.close()
    _, said = player.left()
    assert all(json.loads(line)["pid"] == player.process.pid for line in said.splitlines())
    assert "player: " in said


def test_a_hundred_notes_are_no_line_of_the_player(start_player):
    player = start_player(thru=True)
    player.wait_for(Ready)
    now = time.monotonic()
    for pitch in range(28, 78):
        player.play(0x90, pitch, 64)
        player.play(0x80, pitch, 0)
    player.wait_for(Heard)
    late = [PlannedNote(now - 1, now - 0.9, Channel(1), Pitch(60), Velocity(80))] * 50
    soon = [
        PlannedNote(now + 0.4, now + 0.5, Channel(1), Pitch(p), Velocity(80)) for p in range(50)
    ]
    player.tell(Begin(1, cut_by_input=True, free=True), Play(1, [*late, *soon]), Finish(1))
    player.wait_for(Sent)
    player.wait_for(Ended)
    assert player.wait_for(Alive).late > 0
    player.mind.close()
    _, said = player.left()
    assert len(said.splitlines()) <= 2, said


def test_a_hundred_notes_are_no_line_of_the_mind_each(caplog):
    caplog.set_level(logging.INFO)
    here = room({NO_EVENT: -5.0}, tempo={"source": "internal"}, turns={"length": 8, "silence": 0.4})
    here.play([(n * 0.25, 0.2, 60 + n % 12) for n in range(100)])
    here.wait(25.0)
    assert [turn.author for turn in here.told] == ["player", "partner"]
    assert len(here.told[0].notes) == 100
    assert len(here.told[1].notes) > 20
    assert len(caplog.records) <= 3, caplog.messages
