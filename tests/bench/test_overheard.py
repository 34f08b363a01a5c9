"""Of what two processes said to each other: what was planned, what came of it, and how late."""

import pytest

from improvd.bench import link
from improvd.bench.overheard import answers
from improvd.play.messages import Begin, PlannedNote, Play, Sent
from improvd.play.packets import pack

OFF, ON = 0x80, 0x90


def notes(*onsets):
    return [PlannedNote(onset, onset + 0.5, 1, 60, 80) for onset in onsets]


def row(answer, planned, late, status=ON):
    return (answer, planned, planned + late, status, 60, 80)


def test_each_answer_has_its_notes_and_each_note_its_lateness(tmp_path):
    said = [
        Begin(1, cut_by_input=True, free=False),
        Play(1, notes(0.0, 1.0)),
        Play(1, notes(2.0)),
        Sent([row(1, 10.0, 0.0), row(1, 10.5, 0.1, OFF), row(1, 11.0, 0.004)]),
        Begin(2, cut_by_input=True, free=False),
        Play(2, notes(0.0)),
        Sent([row(2, 20.0, 0.0)]),
    ]
    (tmp_path / "overheard").write_bytes(b"\n".join(pack([each])[0] for each in said))
    first, second = answers(tmp_path / "config.toml")
    assert (first.planned, first.late) == (3, pytest.approx([0.0, 0.004])), "one never came"
    assert (second.planned, second.late) == (1, [0.0])


def test_without_link_the_row_says_that_it_was_not_measured(monkeypatch):
    def missing(*_):
        raise ImportError

    monkeypatch.setattr(link, "LinkSession", missing)
    (figure,) = link.figures(3)
    assert figure.holds, "it breaks no bar"
    assert str(figure).split("  ")[0].rstrip() == "two Link peers: needs improvd[link] not measured"
