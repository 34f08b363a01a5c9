"""A configuration that is read again while somebody plays, in a room."""

import logging

import fakes
import pytest
from fakes import NO_EVENT, SCALE, FakeSession
from gan import gan_model

from improvd.config.load import check
from improvd.daemon import renewal
from improvd.daemon.renewal import Renewal
from improvd.engine.session import Session
from improvd.errors import ConfigError
from improvd.play.messages import SetThru

TABLES = {
    "tempo": {"source": "internal", "bpm": 120.0},
    "turns": {"silence": 0.5, "length": 4},
    "controls": {"temperature": "cc 1", "length": "cc 3"},
}


class FakeLink:
    """Where another player would be started."""

    def __init__(self):
        self.started = []

    def renew(self, settings, now):
        self.started.append((now, settings))


class Scene:
    """A room whose configuration is rewritten: `write` puts tables in place of the ones before."""

    def __init__(self, **tables):
        self.here = fakes.room({NO_EVENT: 1.0}, **(TABLES | tables))
        self.link = FakeLink()
        self.tables = {"model": {"seed": 1}} | TABLES | tables
        self.renewal = Renewal(self.read, self.here.config, self.here.desk, self.link)

    def read(self):
        return check(self.tables, None)

    def write(self, **tables):
        self.tables = self.tables | tables
        return self.renewal.renew()

    def wait(self, seconds):
        end = self.here.now + seconds
        while self.here.now < end:
            self.here.wait(0.01)
            self.renewal.tick(self.here.now)

    @property
    def now(self):
        return self.here.desk.settings.now


def test_what_is_written_holds_from_the_next_turn_and_the_answer_that_is_on_loses_nothing():
    scene = Scene()
    scene.here.play(SCALE)
    scene.wait(1.5)
    assert scene.write(turns={"silence": 0.5, "length": 2}) == (
        "another configuration holds from the next turn on"
    )
    scene.wait(12.0)
    assert scene.here.told[1].length == 16.0
    scene.here.play(SCALE)
    scene.wait(10.0)
    assert scene.here.told[3].length == 8.0
    assert not scene.here.sounding
    assert not scene.link.started


def test_one_with_faults_is_refused_with_all_of_them_and_the_old_one_goes_on(caplog):
    scene = Scene()
    before = scene.now
    told = scene.write(turns={"silense": 1.0, "start": "beet"})
    assert told.splitlines()[0] == "refused"
    faults = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert len(faults) == 3
    assert any("did you mean 'silence'" in fault for fault in faults)
    assert "refused" in scene.renewal.told
    assert scene.now is before
    scene.write(turns=TABLES["turns"])
    assert scene.renewal.told == ""


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"midi": {"name": "other"}}, "cannot become 'other'"),
        ({"status": {"prometheus": 9464}}, "status.prometheus: 'off' cannot become 9464"),
        ({"model": {"name": "melody-basik"}}, "did you mean 'melody-basic'"),
        (
            {"voice": [{"model": "melody-basic", "channel": 2}]},
            "the number of voices: 0 cannot become 1",
        ),
    ],
)
def test_what_cannot_be_had_while_it_runs_is_refused(tables, said):
    scene = Scene()
    assert said in scene.write(**tables)
    assert scene.now.midi.name == "improvd"


def test_other_ports_wait_until_nobody_plays():
    scene = Scene()
    scene.here.play(SCALE)
    scene.wait(1.5)
    told = scene.write(midi={"output": "synth", "output_latency": 20.0})
    assert told == scene.renewal.told == "other ports are opened when nobody plays"
    scene.wait(1.0)
    assert scene.here.duet.answering
    assert not scene.link.started
    scene.wait(12.0)
    ((_, settings),) = scene.link.started
    assert (settings["output"], settings["output_latency"]) == ("synth", 0.02)
    assert not scene.renewal.told
    assert not scene.here.sounding


def test_where_nobody_plays_other_ports_are_opened_at_once():
    scene = Scene()
    scene.write(midi={"input": ["Keystation"]})
    scene.wait(0.01)
    assert [settings["input"] for _, settings in scene.link.started] == [("Keystation",)]


def test_an_answer_without_end_is_ended_for_other_ports():
    scene = Scene(turns={"silence": 0.5, "mode": "solo"})
    scene.here.play(SCALE)
    scene.wait(3.0)
    scene.write(midi={"split": 48})
    scene.wait(8.0)
    assert len(scene.link.started) == 1
    assert not scene.here.sounding


def test_other_ports_that_are_taken_back_in_time_are_none():
    scene = Scene()
    scene.here.play(SCALE)
    scene.wait(1.5)
    scene.write(midi={"split": 48})
    scene.write(midi={})
    scene.wait(12.0)
    assert not scene.link.started


def test_thru_and_the_tempo_need_no_other_ports():
    scene = Scene()
    scene.write(midi={"thru": True}, tempo={"source": "internal", "bpm": 90.0})
    scene.wait(0.1)
    assert SetThru(on=True) in scene.here.orders
    assert not scene.link.started


def test_another_model_takes_over_as_by_hand():
    scene = Scene()
    scene.here.models["melody-basic"] = other = FakeSession({NO_EVENT: 1.0})
    scene.write(model={"seed": 1, "name": "melody-basic"})
    scene.here.play(SCALE)
    scene.wait(1.0)
    assert other.steps


def test_the_same_model_on_another_device_is_loaded_again():
    scene = Scene()
    name = scene.now.model.name
    scene.here.models[name] = other = FakeSession({NO_EVENT: 1.0})
    scene.write(model={"seed": 1, "device": "cpu"})
    scene.here.play(SCALE)
    scene.wait(1.0)
    assert other.steps


def test_what_hands_have_moved_stays_but_for_what_is_written_otherwise():
    scene = Scene()
    scene.here.control(1, 127)
    scene.here.control(3, 127)
    scene.wait(0.1)
    assert (scene.now.model.temperature, scene.now.turns.length) == (2.0, 16)
    scene.write(turns={"silence": 0.5, "length": 3})
    assert (scene.now.model.temperature, scene.now.turns.length) == (2.0, 3)


def test_a_preset_stays_as_it_is_written_now():
    quick = {"name": "quick", "turns": {"length": 2}}
    scene = Scene(preset=[quick])
    scene.here.program(0)
    scene.wait(0.1)
    assert scene.now.turns.length == 2
    scene.write(preset=[{"name": "new"}, quick | {"turns": {"length": 1}}])
    assert scene.now.turns.length == 1
    scene.write(preset=[{"name": "new"}])
    assert scene.now.turns.length == 4


def test_a_control_that_is_mapped_now_is_one_at_once():
    scene = Scene()
    scene.write(controls={"temperature": "cc 7"})
    scene.here.control(7, 0)
    scene.here.control(1, 127)
    scene.wait(0.1)
    assert scene.now.model.temperature == 0.0


def test_nothing_that_can_be_written_breaks_the_reading():
    scene = Scene()

    def unreadable():
        raise ConfigError("config.toml: cannot be read: Permission denied")

    scene.renewal._read = unreadable
    assert "Permission denied" in scene.renewal.renew()


def test_what_is_logged_changes_at_once(monkeypatch):
    scene, asked = Scene(), []
    monkeypatch.setattr(renewal, "log_to_stderr", lambda *how: asked.append(how))
    scene.write(log={"level": "warning", "format": "json"})
    scene.write(turns={"min_notes": 4})
    assert asked == [("warning", "json")]


def test_a_style_that_the_model_does_not_know_is_refused(tmp_path):
    band = gan_model(tmp_path / "band.onnx", "styled", ("classical", "pop"))
    scene = Scene()
    scene.here.models[str(band)] = Session.load(band)
    wanted = {"seed": 1, "name": str(band)}
    told = scene.write(model=wanted | {"style": "polka"})
    assert told == "refused\nband has no style 'polka'; it has: classical, pop"
    assert scene.now.model.style == ""
    scene.write(model=wanted | {"style": "pop"})
    scene.wait(0.1)
    assert scene.here.improviser.style == "pop"
