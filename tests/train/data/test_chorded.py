"""Music with chords as lines over them: lead sheets, and MIDI with a track of chords."""

import mido
import pytest

from improvd.core.chord import Chord
from improvd.errors import DataError
from improvd.models.base import family
from improvd.models.jazz.configuration import REST, WAITS
from improvd.models.jazz.steps import chord_number, parted
from improvd.train.data.chorded import read_blocks, read_lines, read_sheet
from improvd.train.data.dataset import build
from improvd.train.data.melodies import encode, select

TICKS = 480  # a beat


def symbol(root, kind, alter=0, offset=0):
    return (
        f"<harmony><root><root-step>{root}</root-step><root-alter>{alter}</root-alter></root>"
        f"<kind>{kind}</kind><offset>{offset}</offset></harmony>"
    )


def sounds(step, octave, quarters):
    return (
        f"<note><pitch><step>{step}</step><octave>{octave}</octave></pitch>"
        f"<duration>{round(2 * quarters)}</duration><voice>1</voice></note>"
    )


def sheet(path, *measures, meter=(4, 4)):
    beats, kind = meter
    first = (
        "<attributes><divisions>2</divisions>"
        f"<time><beats>{beats}</beats><beat-type>{kind}</beat-type></time></attributes>"
    )
    inside = "".join(
        f"<measure>{first if not number else ''}{each}</measure>"
        for number, each in enumerate(measures)
    )
    path.write_text(f"<score-partwise><part>{inside}</part></score-partwise>")
    return path


PICKUP = sounds("G", 4, 1)
FIRST = symbol("C", "major-seventh") + "".join(sounds(each, 5, 0.5) for each in "CDEFGABA")
SECOND = symbol("B", "half-diminished", alter=-1, offset=2) + sounds("D", 5, 4)


def test_of_a_lead_sheet_the_bars_begin_after_the_pickup(tmp_path):
    line, _ = read_sheet(sheet(tmp_path / "tune.xml", PICKUP, FIRST, SECOND))
    assert [note.onset for note in line.notes][:3] == [3.0, 4.0, 4.5]
    assert line.harmony.changes == ((4.0, Chord(0, "maj7")), (9.0, Chord(10, "m7b5")))


def test_written_eighths_are_learnt_swung_as_well(tmp_path):
    _, swung = read_sheet(sheet(tmp_path / "tune.xml", PICKUP, FIRST, SECOND))
    assert [note.onset for note in swung.notes][:4] == pytest.approx([3.0, 4.0, 4 + 2 / 3, 5.0])
    assert swung.notes[2].duration == pytest.approx(1 / 3)


def test_what_is_written_finer_than_eighths_is_as_it_is_written(tmp_path):
    dotted = symbol("C", "major") + sounds("C", 5, 1.5) + sounds("D", 5, 0.5) * 5
    finer = dotted.replace("<divisions>2", "<divisions>4")
    path = sheet(tmp_path / "tune.xml", finer)
    path.write_text(path.read_text().replace("<divisions>2", "<divisions>4"))
    assert len(read_sheet(path)) == 1


@pytest.mark.parametrize(
    ("kind", "chord"),
    [
        ("major", Chord(2, "")),
        ("dominant-13th", Chord(2, "7")),
        ("minor-ninth", Chord(2, "m7")),
        ("major-minor", Chord(2, "mMaj7")),
        ("Neapolitan", None),
        ("none", None),
    ],
)
def test_a_symbol_means_the_quality_that_is_left_of_it(tmp_path, kind, chord):
    line, _ = read_sheet(sheet(tmp_path / "tune.xml", symbol("D", kind) + sounds("A", 4, 4)))
    assert line.harmony.at(0.0) == chord


def test_music_without_chords_or_in_other_bars_is_told(tmp_path):
    sheet(tmp_path / "waltz.xml", FIRST, meter=(3, 4))
    sheet(tmp_path / "bare.xml", sounds("A", 4, 4))
    sheet(tmp_path / "short.xml", symbol("C", "major") + sounds("A", 4, 2), meter=(2, 4))
    lines, failed = read_lines(tmp_path)
    assert {each.name for each in lines} == {"short.xml#1", "short.xml#2"}
    assert sorted(failed) == [
        "bare.xml: no chords above its melody",
        "waltz.xml: bars of 3 beats: a solo over chords is learnt in bars of four",
    ]


def midi(path, *parts):
    """Each part: onset, length in beats, and pitches."""
    tracks = []
    for part in parts:
        events = []
        for onset, length, chord in part:
            events += [(onset, 1, "note_on", each) for each in chord]
            events += [(onset + length, 0, "note_off", each) for each in chord]
        track, now = mido.MidiTrack(), 0
        for beat, _, kind, pitch in sorted(events):
            tick = round(beat * TICKS)
            track.append(mido.Message(kind, note=pitch, velocity=80, time=tick - now))
            now = tick
        tracks.append(track)
    mido.MidiFile(tracks=tracks, ticks_per_beat=TICKS).save(path)
    return path


MELODY = [(1.0 + at / 2, 0.5, (72 + at % 7,)) for at in range(40)]
CHORDS = [(1.0, 4, (50, 53, 57, 60)), (5.0, 4, (55, 59, 62, 65)), (9.0, 8, (48, 52, 55, 59))]


def test_a_track_of_blocks_tells_the_chords_and_the_bars_of_the_others(tmp_path):
    bass = [(at, 1, (45,)) for at in range(1, 20)]
    lines = read_blocks(midi(tmp_path / "song.mid", MELODY, CHORDS, bass))
    assert [len(line.notes) for line in lines] == [40, 19]
    changes = ((4.0, Chord(2, "m7")), (8.0, Chord(7, "7")), (12.0, Chord(0, "maj7")))
    assert [line.harmony.changes for line in lines] == [changes, changes]
    assert lines[0].notes[0].onset == 4.0


def test_what_a_left_hand_plays_below_a_line_is_not_of_it(tmp_path):
    both = [*MELODY, *((1.0 + at, 2.0, (43, 55)) for at in range(0, 20, 2))]
    (line,) = read_blocks(midi(tmp_path / "song.mid", sorted(both), CHORDS))
    assert {note.pitch for note in line.notes} == {72 + each for each in range(7)}


def test_a_file_without_a_track_of_chords_is_told(tmp_path):
    midi(tmp_path / "alone.mid", MELODY)
    midi(tmp_path / "blocks.mid", CHORDS)
    _, failed = read_lines(tmp_path)
    assert [each.split(": ")[1] for each in failed] == ["no track of chords beside another one"] * 2


def test_a_line_is_encoded_from_its_bar_line_on_over_its_chords(tmp_path):
    midi(tmp_path / "song.mid", [(each[0] + 9.0, *each[1:]) for each in MELODY], CHORDS)
    (melody,) = select(read_lines(tmp_path)[0])[0]
    encoder = family("jazz").encoder(family("jazz").named("player"), 0)
    rest = parted(encode(encoder, melody.notes, melody.held, melody.harmony)[0])
    assert rest == (REST + WAITS.index(12), 12, chord_number(Chord(0, "maj7")))


def test_a_dataset_for_solos_is_of_music_with_chords_alone(tmp_path):
    for number in range(3):
        melody = [(at, length, (pitch + number,)) for at, length, (pitch,) in MELODY]
        midi(tmp_path / f"song{number}.mid", melody, CHORDS)
    midi(tmp_path / "alone.mid", MELODY)
    dataset = build(family("jazz"), tmp_path, 0.1)
    assert len(dataset.melodies) == 3
    for configuration in ("player", "chordless"):
        dataset.check(tmp_path, "jazz", configuration)
    assert dataset.counts["files that could not be read"] == 1
    assert all(parted(steps).chord.all() for steps in dataset.melodies)
    with pytest.raises(DataError, match="bars and beats, no steps of"):
        build(family("jazz"), tmp_path, 0.1, "", 0.5)
