"""The whole daemon over a real jackd, played by one client and recorded by `jack_midi_dump`."""

import os
import signal
import time
from itertools import pairwise
from pathlib import Path

import pytest
from partner import Partner, improvd
from tiny import a_card, tiny_model
from witness import OFF, ON, is_on, play, sounding

from improvd.bench.clients import Witness

pytestmark = pytest.mark.jackd

RATE = 48_000
CONTROL = 0xB0


def has_left(pid):
    """Gone, or a zombie that nobody asks after any more."""
    try:
        return " Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


def test_several_turns_in_a_row_each_in_tempo_and_closed(stage, keyboard, recorder):
    partner, line = stage({"start": "beat"}), 0
    for _ in range(3):
        play(keyboard)
        line = partner.wait_for("answer over", line)
        taken = recorder.rest(0.3)
        frames = [frame for frame, data in taken if is_on(data)]
        assert frames
        assert not sounding(taken)
        sixteenth = RATE * 60 / 120 / 4
        steps = [(frame - before) / sixteenth for before, frame in pairwise(frames)]
        led_back = 2e-4  # of an interval, at most, after an xrun
        exact = [step == pytest.approx(round(step), led_back, 0.001) for step in steps]
        assert all(exact), steps


def test_a_primer_that_ends_on_a_bar_line_is_answered_on_the_next_one(stage, keyboard, recorder):
    partner = stage({"start": "bar", "length": "phrase"})
    bar, line, spans = RATE * 2, 0, []
    for _ in range(2):
        began, due = keyboard.play(ON, 60, 80), time.monotonic()
        for before, pitch in pairwise((60, 62, 64, 65, None)):
            due += 0.49
            time.sleep(max(0.0, due - time.monotonic()))
            keyboard.play(OFF, before, 0)
            if pitch:
                keyboard.play(ON, pitch, 80)
        partner.wait_for("answering 4 notes in 4 beats", line)
        line = partner.wait_for("answer over", line)
        taken = recorder.rest(0.3)
        assert not sounding(taken)
        spans.append([(frame - began) / bar for frame in (taken[0][0], taken[-1][0])])
    # the silence takes it into the second bar; an xrun moves frames against seconds
    assert pytest.approx([2.0, 3.0], abs=0.01) in spans, spans


def test_no_answer_of_rests_is_taken_from_a_model_that_would_like_to_rest(
    stage, keyboard, recorder, tmp_path
):
    model = tiny_model(tmp_path / "rest.onnx", 38, a_card(), likes={1: 25.0})
    partner = stage({"length": 2}, model={"name": str(model)})
    play(keyboard)
    partner.wait_for("answer over")
    ons = [frame for frame, data in recorder.rest(0.3) if is_on(data)]
    bar = RATE * 2
    assert len(ons) >= 2
    assert all(later - earlier <= bar * 1.26 for earlier, later in pairwise(ons))


def test_a_note_into_the_answer_ends_it_at_once(stage, keyboard, recorder):
    partner = stage({"length": 8})
    play(keyboard)
    first = recorder.take(1)
    frame = keyboard.play(ON, 72, 90)
    taken = first + recorder.rest(0.3)
    late = [(at, data) for at, data in taken if at >= frame]
    assert not [data for _, data in late if is_on(data)]
    assert not sounding(taken)
    assert all(at - frame <= 3 * 128 for at, _ in late)
    keyboard.play(OFF, 72, 0)
    partner.wait_for("answer over")


def test_the_pedal_is_heard_as_held_notes(stage, keyboard, recorder):
    stage()
    keyboard.play(CONTROL, 64, 127)
    play(keyboard)
    assert recorder.nothing_more(1.0), "it answered under the pedal"
    keyboard.play(CONTROL, 64, 0)
    assert recorder.take(1)


def test_a_stuck_key_is_given_up_and_said(stage, keyboard, recorder):
    partner = stage({"max_hold": 1.0})
    keyboard.play(ON, 40, 80)
    play(keyboard)
    assert recorder.take(1)
    partner.wait_for("no longer holds a phrase")


def test_running_status_sysex_and_garbage_at_the_input_are_no_crash(stage, keyboard, recorder):
    stage()
    for nonsense in [(0xFE,), (0xF0, 1, 2, 3, 0xF7), (0xF8,), (0x90, 60), (0x12, 0x34), (0xFF,)]:
        keyboard.play(*nonsense)
    play(keyboard)
    assert recorder.take(1)


def test_sigterm_in_the_middle_of_an_answer_leaves_no_note_on(stage, keyboard, recorder):
    partner = stage({"length": 8})
    play(keyboard)
    first = recorder.take(1)
    began = time.monotonic()
    assert partner.ends(signal.SIGTERM) == 0
    assert time.monotonic() - began < 1.0
    assert not sounding(first + recorder.rest(0.3))


def test_when_the_mind_is_killed_the_player_closes_every_note(stage, keyboard, recorder):
    partner = stage({"length": 8, "interrupt": "ignore"})
    play(keyboard)
    first = recorder.take(1)
    player = partner.player
    frame = keyboard.play(ON, 30, 1)
    partner.ends(signal.SIGKILL)
    taken = first + recorder.rest(0.5)
    assert not sounding(taken)
    assert 0 <= taken[-1][0] - frame <= 0.2 * RATE
    assert has_left(player)


def test_when_the_player_is_killed_a_new_one_takes_over(stage, jackd, keyboard, recorder):
    partner = stage({"length": 8, "interrupt": "ignore"})
    play(keyboard)
    first = recorder.take(1)
    line = len(partner.said)
    frame = keyboard.play(ON, 30, 1)
    os.kill(partner.player, signal.SIGKILL)
    partner.wait_for("ready on jack", line)
    closing = recorder.take(1)
    assert 0 <= closing[0][0] - frame <= RATE, "it took more than a second"
    assert not sounding(first + closing + recorder.rest(0.3))
    assert jackd.connections("improvd:hears") == [keyboard.port]
    assert jackd.connections("improvd:plays") == [recorder.port]
    keyboard.play(OFF, 30, 0)
    play(keyboard)
    assert recorder.take(1), "the new player does not play"


def test_when_jackd_dies_it_waits_for_a_new_one(start, jackd):
    partner = start()
    line = partner.wait_for("ready on jack")
    jackd.die()
    time.sleep(3.5)
    assert partner.process.poll() is None
    jackd.start()
    partner.wait_for("ready on jack", line)
    trouble = [line for line in partner.said if "ERROR" in line]
    assert len(trouble) <= 3, "each fault is told once"
    assert "improvd:hears" in jackd.ports()
    assert partner.ends(signal.SIGTERM) == 0


def test_a_name_that_is_taken_is_told_in_one_line(start, jackd, tmp_path):
    start().wait_for("ready on jack")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    second = Partner(elsewhere, jackd.env)
    assert second.ends() == 1
    assert len(second.said) == 1
    assert "a client named 'improvd' already" in second.said[0]


def test_panic_goes_through_the_running_daemon(stage, keyboard, recorder):
    partner = stage({"length": 8})
    play(keyboard)
    first = recorder.take(1)
    assert improvd(partner, "panic") == (0, "every note is off\n")
    after = recorder.rest(0.5)
    assert not sounding(first + [event for event in after if event[1][0] & 0xF0 != CONTROL])
    controls = [data for _, data in after if data[0] & 0xF0 == CONTROL]
    assert controls == [bytes((CONTROL, number, 0)) for number in (64, 123, 120)]
    partner.wait_for("answer over")


def test_panic_without_a_daemon_goes_where_the_last_one_was_connected(
    start, jackd, tmp_path, monkeypatch
):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", jackd.name)
    partner = start()
    partner.wait_for("ready on jack")
    witness = Witness("improvd:plays")  # jack_midi_dump loses more than 127 messages a period
    time.sleep(0.5)
    partner.ends(signal.SIGKILL)
    code, said = improvd(partner, "panic", "--config", str(tmp_path / "config.toml"))
    assert (code, "1 kept connections" in said) == (0, True), said
    witness.quiet(0.3)
    witness.close()
    sent = [arrival.data for arrival in witness.heard]
    assert sent[:128] == [bytes((OFF, pitch, 0)) for pitch in range(128)]
    assert sent[128:] == [bytes((CONTROL, number, 0)) for number in (64, 123, 120)]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("melody-basik", "did you mean 'melody-basic'?"),
        ("broken.onnx", "cut short"),
    ],
)
def test_a_model_that_cannot_be_played_is_one_line_and_leaves_nothing(
    start, jackd, tmp_path, name, said
):
    (tmp_path / "broken.onnx").write_bytes(b"\x08\x08half a model")
    name = str(tmp_path / name) if name.endswith(".onnx") else name
    partner = start(model={"name": name})
    assert partner.ends() == 2
    faults = [line for line in partner.said if "INFO" not in line]
    assert len(faults) == 1
    assert said in faults[0]
    assert not [port for port in jackd.ports() if port.startswith("improvd:")]


def test_a_faulty_configuration_tells_all_its_faults_at_once(start):
    partner = start({"silense": 1.0, "start": "beet"}, midi={"output_channel": 17})
    assert partner.ends() == 2
    assert len(partner.said) == 3
    assert any("did you mean 'silence'" in line for line in partner.said)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nobody_plays_and_it_is_told_to_stop(start, number):
    partner = start()
    partner.wait_for("ready on jack")
    assert partner.ends(number) == 0
