"""Music files of every kind -> melodies."""

import shutil
import zipfile

import mido
import pytest

from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.errors import DataError
from improvd.train.data.corpus import read_corpus, sources

ABC = """X:1
T:Up
M:4/4
L:1/4
K:C
"Am"C D {g}E F|]

X:1
T:Down
M:4/4
L:1/4
K:G
F E D C|]
"""

XML = """<?xml version="1.0"?>
<score-partwise><part id="P1"><measure number="1">
<attributes><divisions>2</divisions></attributes>
<note><rest/><duration>2</duration></note>
<note><pitch><step>C</step><octave>4</octave></pitch><duration>2</duration>
  <tie type="start"/><voice>1</voice></note>
<note><pitch><step>C</step><octave>4</octave></pitch><duration>1</duration>
  <tie type="stop"/><voice>1</voice></note>
<note><grace/><pitch><step>A</step><octave>5</octave></pitch><voice>1</voice></note>
<note><pitch><step>B</step><alter>-1</alter><octave>4</octave></pitch><duration>1</duration></note>
<note><chord/><pitch><step>G</step><octave>4</octave></pitch><duration>1</duration></note>
<backup><duration>6</duration></backup>
<note><pitch><step>C</step><octave>2</octave></pitch><duration>6</duration><voice>2</voice></note>
</measure></part></score-partwise>"""


def shape(melody):
    return [(note.onset, note.duration, note.pitch) for note in melody.notes]


def midi_file(path):
    track = mido.MidiTrack()
    for pitch in (60, 64, 67):
        track.append(mido.Message("note_on", note=pitch, velocity=90))
        track.append(mido.Message("note_off", note=pitch, time=240))
    mido.MidiFile(tracks=[track], ticks_per_beat=480).save(path)


def test_a_midi_file_is_read_in_beats(tmp_path):
    midi_file(tmp_path / "arpeggio.mid")
    melodies, failed = read_corpus(tmp_path)
    assert failed == []
    assert melodies[0].name == "arpeggio.mid#1"
    assert melodies[0].notes[1] == Note(Beats(0.5), Beats(0.5), Pitch(64), Velocity(90))


@pytest.mark.skipif(not shutil.which("abc2midi"), reason="NO ABC2MIDI: make check installs it")
def test_what_the_pedal_keeps_sounding_is_as_long_as_it_sounds(tmp_path):
    track = mido.MidiTrack()
    track.append(mido.Message("control_change", control=64, value=127))
    for pitch in (60, 64, 60):
        track.append(mido.Message("note_on", note=pitch, velocity=90))
        track.append(mido.Message("note_off", note=pitch, time=480))
    track.append(mido.Message("control_change", control=64, value=0, time=480))
    mido.MidiFile(tracks=[track], ticks_per_beat=480).save(tmp_path / "pedalled.mid")
    ((melody,), _) = read_corpus(tmp_path)
    assert shape(melody) == [(0.0, 2.0, 60), (1.0, 3.0, 64), (2.0, 2.0, 60)]


def test_both_hands_are_one_piece_where_they_are_heard_together(tmp_path):
    hands = [mido.MidiTrack(), mido.MidiTrack()]
    for track, pitch in zip(hands, (72, 48), strict=True):
        track.append(mido.Message("note_on", note=pitch, velocity=90))
        track.append(mido.Message("note_off", note=pitch, time=480))
    mido.MidiFile(tracks=hands, ticks_per_beat=480).save(tmp_path / "hands.mid")
    (tmp_path / "book.abc").write_text(ABC)
    apart, together = (read_corpus(tmp_path, together=each)[0] for each in (False, True))
    assert [len(melody.notes) for melody in apart] == [4, 4, 1, 1]
    assert [len(melody.notes) for melody in together] == [4, 4, 2]


def test_every_tune_of_a_tunebook_is_read_though_their_numbers_repeat(tmp_path):
    (tmp_path / "tunes.abc").write_text(ABC)
    melodies, _ = read_corpus(tmp_path)
    assert [[note.pitch for note in melody.notes] for melody in melodies] == [
        [60, 62, 64, 65],
        [66, 64, 62, 60],
    ]


def test_of_a_score_the_first_voice_is_read_with_ties_and_without_ornament(tmp_path):
    (tmp_path / "song.musicxml").write_text(XML)
    melodies, _ = read_corpus(tmp_path)
    assert shape(melodies[0]) == [(1.0, 1.5, 60), (2.5, 0.5, 70)]


def test_a_packed_score_is_the_same_whatever_its_container_says(tmp_path):
    with zipfile.ZipFile(tmp_path / "song.mxl", "w") as archive:
        archive.writestr("META-INF/container.xml", "<broken full-path='It's.xml'>")
        archive.writestr("It's.xml", XML)
    melodies, _ = read_corpus(tmp_path)
    assert shape(melodies[0]) == [(1.0, 1.5, 60), (2.5, 0.5, 70)]


def test_what_cannot_be_read_is_named_and_the_rest_is_read(tmp_path, caplog):
    midi_file(tmp_path / "good.mid")
    (tmp_path / "bad.mid").write_bytes(b"MThd nonsense")
    (tmp_path / "bad.mxl").write_bytes(b"PK nonsense")
    (tmp_path / "bad.xml").write_text("<score-partwise></score-partwise>")
    melodies, failed = read_corpus(tmp_path)
    assert [melody.name for melody in melodies] == ["good.mid#1"]
    assert [each.split(":")[0] for each in failed] == ["bad.mid", "bad.mxl", "bad.xml"]
    assert "bad.mxl skipped" in caplog.text


def test_a_folder_without_music_is_said(tmp_path):
    (tmp_path / "notes.txt").write_text("do re mi")
    with pytest.raises(DataError, match="holds no music file"):
        read_corpus(tmp_path)


def test_what_is_known_of_the_source_is_read_beside_the_music(tmp_path):
    (tmp_path / "SOURCE.txt").write_text("DATASET: reels\nLICENCE: CC BY 4.0\nORIGIN: a: friend\n")
    assert [source.model_dump() for source in sources(tmp_path)] == [
        {"name": "reels", "licence": "CC BY 4.0", "credit": "a: friend"}
    ]


def test_of_a_long_line_the_card_has_the_first_sentence_and_shows_what_it_left_out(tmp_path):
    licence = "CC BY 4.0, as its README.md says. The Unlicense is beside it. Either will do."
    origin = "played by " + ", ".join(f"fiddler {number}" for number in range(50))
    (tmp_path / "SOURCE.txt").write_text(f"LICENCE: {licence}\nORIGIN: {origin}\n")
    (source,) = sources(tmp_path)
    assert source.licence == "CC BY 4.0, as its README.md says"
    assert len(source.credit) <= 160
    assert source.credit.endswith(" …")


@pytest.mark.parametrize(
    ("true", "false", "why"),
    [
        ("<octave>4<", "<octave>40<", "pitch"),
        ("<step>C<", "<step>H<", "H"),
        ("<divisions>2<", "<divisions>0<", "division"),
        ("<divisions>2<", "<divisions>nan<", "goes on for nan"),
        ("<duration>2<", "<duration>1e300<", "goes on for"),
        ("<duration>2<", "<duration>-9<", "goes on for -4.5"),
    ],
)
def test_a_score_that_no_one_can_play_is_skipped_with_the_reason(tmp_path, true, false, why):
    midi_file(tmp_path / "arpeggio.mid")
    (tmp_path / "tune.xml").write_text(XML.replace(true, false))
    _, (failed,) = read_corpus(tmp_path)
    assert failed.startswith("tune.xml: ")
    assert why in failed


def test_a_packed_score_that_would_fill_the_memory_is_not_unpacked(tmp_path):
    midi_file(tmp_path / "arpeggio.mid")
    with zipfile.ZipFile(tmp_path / "tune.mxl", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("tune.xml", b" " * (33 << 20))
    _, (failed,) = read_corpus(tmp_path)
    assert failed == "tune.mxl: a score of more than 32 MiB"


def test_a_source_in_another_code_is_read_as_far_as_it_goes(tmp_path):
    (tmp_path / "SOURCE.txt").write_bytes(b"DATASET: Ceol r\xednce\n")
    (source,) = sources(tmp_path)
    assert source.name.startswith("Ceol r")
