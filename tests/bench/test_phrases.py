"""`improvd bench phrases`: detectors against marked phrases, on two players who were made up."""

import csv
import json

import pytest

from improvd.bench.marked import BEATS, NOTES, _tuning, phrases
from improvd.bench.phrases import DELAYS, SETTINGS, Asked, figures, scores
from improvd.cli import main
from improvd.config.schema import Turns
from improvd.core.note import Note
from improvd.errors import DataError
from improvd.ports.midifile import write_midi

ONE, OTHER = "AnneLow_Blues_FINAL", "BobHigh_Blues_FINAL"
# onset, end, phrase; the last phrase of a solo has no next one, and is left out.
SOLO = [
    *((0.25 * note, 0.25 * note + 0.2, 1) for note in range(8)),  # ends at 1.95
    *((3.0 + 0.25 * note, 3.2 + 0.25 * note, 2) for note in range(4)),  # ends at 3.95
    (4.95, 5.15, 2),  # after a rest of 1.0 inside the phrase
    *((8.0 + 0.25 * note, 8.2 + 0.25 * note, 3) for note in range(4)),
]


def write(path, columns, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([columns, *rows])


@pytest.fixture
def folder(tmp_path):
    ends = [*(onset for onset, _, _ in SOLO[1:]), None]
    notes, beats = [], []
    for solo in (ONE, OTHER):
        for (onset, end, phrase), following in zip(SOLO, ends, strict=True):
            share = (end - onset) / (following - onset) if following else ""
            notes.append((f"{solo}.sv", onset, share, 60, phrase))
        beats += [(f"{solo}.sv", 0.5 * beat) for beat in range(20)]
        here = tmp_path / "midi"
        here.mkdir(exist_ok=True)
        tune = [Note(2.0 * onset, 2.0 * (end - onset), 60, 90) for onset, end, _ in SOLO]
        write_midi(here / f"{solo}.mid", {"solo": tune}, 120.0)
    columns = ("id", "onset", "articulation_raw", "pitch_raw", "phrase_id_raw")
    write(tmp_path / NOTES, columns, notes)
    write(tmp_path / BEATS, ("id", "onset"), beats)
    return tmp_path


def test_a_phrase_is_cut_by_a_rest_and_found_before_the_next():
    asked = Asked(rests=[0.1, 0.5, 0.8], wanted=[0.4, 0.4, 0.4])
    assert (asked.cut(1.0), asked.found(1.0)) == (True, True)
    assert (asked.cut(1.5), asked.found(1.5)) == (False, True)
    assert (asked.cut(2.5), asked.found(2.5)) == (False, False)


def test_the_tables_and_the_files_become_phrases(folder):
    found = list(phrases(folder))
    assert [len(phrase.notes) for phrase in found] == [8, 5] * 2
    assert [phrase.tuning for phrase in found] == [_tuning(ONE)] * 2 + [_tuning(OTHER)] * 2
    first, second, *_ = found
    assert [note.rest for note in first.notes] == pytest.approx([0.05] * 7 + [1.05])
    assert second.notes[3].rest == pytest.approx(1.0)
    assert {note.velocity for note in first.notes} == {90}
    assert second.clock == pytest.approx(120.0)


def test_all_solos_of_a_player_are_on_one_side_and_there_are_two_sides():
    assert _tuning(ONE) == _tuning("AnneLow_Waltz_FINAL")
    assert _tuning(ONE) != _tuning(OTHER)


def test_detectors_are_compared_at_the_same_mean_delay(folder):
    found = scores(folder)
    for index, delay in enumerate(DELAYS):
        here = found[index * len(SETTINGS) : (index + 1) * len(SETTINGS)]
        assert [each.detector for each in here] == list(SETTINGS)
        assert [each.delay for each in here] == pytest.approx([delay] * len(here))
    silence = found[0]
    assert silence.stretch == pytest.approx(DELAYS[0])
    assert (silence.cut, silence.found, silence.tuned, silence.phrases) == (0.5, 1.0, 0.5, 2)


def test_the_default_has_to_be_the_best_of_them(folder):
    found = scores(folder)
    assert all(figure.holds for figure in figures(found))
    default = Turns().silence
    worse = [each._replace(cut=0.6) if each.detector == default else each for each in found]
    assert not any(figure.holds for figure in figures(worse))


def test_it_is_asked_for_with_its_folder(folder, capsys):
    assert main.run(["bench", "phrases", "--data", str(folder)]) == 0
    said = capsys.readouterr()
    assert "| `silence` | 0.40 | 0.40 s | 50.00% | 100.0% | 50.00% |" in said.err
    assert said.out.count("at most 0.5: held") == len(DELAYS)
    main.run(["bench", "phrases", "--data", str(folder), "--json"])
    assert json.loads(capsys.readouterr().out)[0]["values"]["silence"] == 0.5
    assert main.run(["bench", "phrases"]) == 2


def test_what_is_missing_is_named(folder, capsys):
    for file in (folder / "midi").iterdir():
        file.rename(file.with_suffix(".txt"))
    with pytest.raises(DataError, match="holds no marked phrases with MIDI files"):
        scores(folder)
    write(folder / NOTES, ("id", "pitch_raw"), [])
    with pytest.raises(DataError, match="has no column"):
        scores(folder)
    (folder / NOTES).unlink()
    assert main.run(["bench", "phrases", "--data", str(folder)]) == 1
    assert "benchmarks.md says how it is exported" in capsys.readouterr().err


def test_a_file_of_another_solo_is_noticed(folder):
    write_midi(folder / "midi" / f"{ONE}.mid", {"solo": [Note(0.0, 1.0, 61, 90)]}, 120.0)
    with pytest.raises(DataError, match="has other notes than"):
        list(phrases(folder))
