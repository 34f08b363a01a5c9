"""`improvd bench answers`: what is silent, on one pitch or never ended is found."""

import json

import pytest
from fakes import NO_EVENT, BabblingSession, FakeSession, pedalling

from improvd.bench import answers
from improvd.bench.answers import Heard, listen
from improvd.cli import main

GOOD = Heard(notes=40, pitches=9, voices=3, stuck=0)


def test_an_answer_that_moves_is_told_by_its_notes_and_voices():
    found = listen(BabblingSession(1), seed=1)
    assert found.stuck == 0
    assert found.notes > 50
    assert found.pitches > 20
    assert found.voices > 2


def test_a_model_that_knows_the_pedal_is_told_by_its_presses_and_leaves_none_down():
    found = listen(pedalling(), seed=1)
    assert found.stuck == 0
    assert found.presses > 10
    assert found.voices > 2


def test_a_model_that_knows_one_pitch_is_found_out():
    found = listen(FakeSession({12: 30.0, NO_EVENT: 31.0}), seed=1)
    assert found._replace(notes=0) == (0, 1, 1, 0, 0)


@pytest.mark.parametrize(
    ("bad", "fault"),
    [
        (GOOD._replace(stuck=2), "stuck notes"),
        (Heard(0, 0, 0, 0), "silent"),
        (GOOD._replace(pitches=1), "on one pitch only"),
    ],
)
def test_one_bad_answer_is_enough(monkeypatch, capsys, bad, fault):
    heard = [GOOD, bad, GOOD]
    monkeypatch.setattr(answers, "listen", lambda _, seed: heard[seed])
    monkeypatch.setattr(answers, "COUNT", 3)
    assert main.run(["bench", "answers", "--model", "melody-basic", "--json"]) == 1
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows if not row["holds"]] == [f"melody-basic, {fault}"]


def test_a_model_that_is_not_there_is_told(capsys):
    assert main.run(["bench", "answers", "--model", "melody-basik"]) == 2
    assert "did you mean 'melody-basic'?" in capsys.readouterr().err
