"""From rows to a file of two tracks: balanced whatever happened, to the second."""

import random

import mido
import pytest

from improvd.ports.recording import extract, read_about, write_recording
from improvd.takes import score
from improvd.takes.journal import Began, Event, Held, Line, Over

ON, OFF, CONTROL, PROGRAM = 0x90, 0x80, 0xB0, 0xC0
HEAD = [
    Began(100.0, "2026-11-21T19:30:05+01:00", "improvd"),
    Line(100.0, 0.0, 120.0, 0, 0.0, "4/4"),
]


def player(second, *data):
    return Event(second, "player", *data)


def partner(second, *data):
    return Event(second, "partner", *data)


def tracks(rows):
    _, recording = score.recording(HEAD + rows)
    return recording.tracks


def written(tmp_path, rows):
    """What these rows tell, half a tick of its file, and the tracks of that by second."""
    _, recording = score.recording(rows)
    path = tmp_path / "take.mid"
    write_recording(path, recording)
    file = mido.MidiFile(path)
    ticks = [0, *(message.time for message in file.tracks[0])]
    tempi, tick = [], 0
    for delta, message in zip(ticks[1:], file.tracks[0], strict=True):
        tick += delta
        if message.type == "set_tempo":
            tempi.append((tick, message.tempo))
    half_a_tick = max(us for _, us in tempi) / 960e6 / 2
    return (
        recording,
        half_a_tick,
        {track.name: list(seconds(track, tempi)) for track in file.tracks[1:]},
    )


def seconds(track, tempi):
    """As any reader does it: tick by tick, each at the tempo that holds there."""
    tick = 0
    for message in track:
        tick += message.time
        if message.is_meta:
            continue
        second = 0.0
        for (start, us), following in zip(tempi, [*tempi[1:], (tick, 0)], strict=True):
            second += max(0, min(tick, following[0]) - start) * us / 960e6
        yield second, bytes(message.bytes())


def balanced(events):
    down = set()
    for _, data in events:
        key = data[0] & 0x0F, data[1]
        if data[0] & 0xF0 == ON and data[2]:
            assert key not in down
            down.add(key)
        elif data[0] & 0xF0 in (ON, OFF):
            down.remove(key)
    return not down


def test_both_are_on_tracks_of_their_own_and_on_channels_of_their_own():
    rows = [player(100.0, ON, 60, 80), player(100.5, OFF, 60, 0), partner(101.0, ON, 62, 70)]
    found = tracks([*rows, partner(101.5, OFF, 62, 0)])
    assert found["player"] == [(100.0, bytes((ON, 60, 80))), (100.5, bytes((OFF, 60, 0)))]
    assert found["partner"] == [(101.0, bytes((ON | 1, 62, 70))), (101.5, bytes((OFF | 1, 62, 0)))]


def test_what_is_open_at_the_end_ends_and_the_pedal_is_lifted():
    rows = [player(100.0, CONTROL, 64, 127), player(100.0, ON, 60, 80), Over(103.0)]
    assert tracks(rows)["player"][2:] == [
        (103.0, bytes((OFF, 60, 0))),
        (103.0, bytes((CONTROL, 64, 0))),
    ]


def test_a_note_that_is_held_for_an_hour_is_as_long_in_the_file(tmp_path):
    rows = [player(100.0, ON | 1, 36, 80)]
    for minute in range(60):
        second = 101.0 + 60.0 * minute
        rows.append(Line(second, 0.0, 70.0 + minute, minute + 1, 0.0, "4/4"))
        rows += [player(second, ON, 60, 80), player(second + 1.0, OFF, 60, 0)]
    rows.append(player(3700.0, OFF | 1, 36, 0))
    _, half_a_tick, found = written(tmp_path, HEAD + rows)
    began, ended = (second for second, data in found["player"] if data[1] == 36)
    assert ended - began == pytest.approx(3600.0, abs=2 * half_a_tick)


def test_lost_reports_are_made_good():
    rows = [
        player(100.0, ON, 60, 80),
        player(100.0, ON, 62, 80),
        Held(101.0, [[1, 62], [1, 65]], []),
    ]
    ends = tracks([*rows, player(102.0, OFF, 62, 0), player(102.0, OFF, 65, 0)])["player"]
    assert (101.0, bytes((OFF, 60, 0))) in ends
    assert (101.0, bytes((ON, 65, 64))) in ends
    assert balanced(ends)


def test_what_has_no_note_is_no_take():
    assert score.recording([]) is None
    assert score.recording([*HEAD, player(100.0, CONTROL, 7, 100)]) is None


def test_what_is_told_of_it(tmp_path):
    rows = [player(100.0, ON, 60, 80), partner(102.0, ON, 62, 70), partner(103.5, OFF, 62, 0)]
    rows += [player(101.0, OFF, 60, 0), Line(100.0, 0.0, 90.0, 1, 0.0, "4/4")]
    about, recording = score.recording(HEAD + rows)
    assert about == ("improvd", "2026-11-21T19:30:05+01:00", 3.5, 1, 1, 90.0)
    write_recording(tmp_path / "take.mid", recording)
    assert score.read_about(read_about(tmp_path / "take.mid")) == about
    assert (tmp_path / "take.mid").stat().st_mode & 0o777 == 0o600
    assert score.read_about("something else") is None


@pytest.mark.parametrize(
    "about",
    [
        '["improvd", "one day", 3.5, 1, 1, 90.0]',
        '["improvd", 20261121, 3.5, 1, 1, 90.0]',
        '["improvd", "2026-11-21", "3.5", 1, 1, 90.0]',
        '["improvd", "2026-11-21", NaN, 1, 1, 90.0]',
        '["improvd", "2026-11-21", 3.5, 1.5, 1, 90.0]',
        '["improvd", "2026-11-21", 3.5, 1, 1, 1e999]',
        '["improvd", "2026-11-21", 3.5, 1, 1]',
        "[" * 1000,
    ],
)
def test_what_no_take_says_of_itself_is_not_told(about):
    assert score.read_about(about) is None


def test_one_of_the_tracks_alone(tmp_path):
    rows = [player(100.0, ON, 60, 80), partner(102.0, ON, 62, 70), Over(103.0)]
    write_recording(tmp_path / "take.mid", score.recording(HEAD + rows)[1])
    extract(tmp_path / "take.mid", "player", tmp_path / "player.mid")
    assert [track.name for track in mido.MidiFile(tmp_path / "player.mid").tracks] == ["", "player"]


def test_a_file_of_another_type_has_tracks_too(tmp_path):
    write_recording(
        tmp_path / "take.mid", score.recording([*HEAD, player(100.0, ON, 60, 80), Over(101.0)])[1]
    )
    content = bytearray((tmp_path / "take.mid").read_bytes())
    content[9] = 0  # its type, which has one track alone
    (tmp_path / "take.mid").write_bytes(content)
    extract(tmp_path / "take.mid", "player", tmp_path / "player.mid")
    assert mido.MidiFile(tmp_path / "player.mid").type == 1


def test_tempi_that_begin_within_a_tick_are_one(tmp_path):
    """A chord at 20 bpm: its second note comes after a tick of the file, as do the beats."""
    rows = [player(100.0, ON, 60, 80), player(100.0013, ON, 64, 80)]
    lines = [Line(100.0, 0.0, 20.0, 1, 0.0, "4/4"), Line(110.0, 0.0, 90.0, 2, 0.0, "4/4")]
    rows += [*lines, player(110.0, ON, 62, 80), Over(112.0)]
    recording, half_a_tick, found = written(tmp_path, [HEAD[0], *rows])
    zero = recording.tempi[0].anchor_second
    seconds = [zero + second for second, data in found["player"] if data[0] == ON]
    assert seconds == pytest.approx([100.0, 100.0013, 110.0], abs=half_a_tick + 1e-6)


def anything(dice):
    """A jam of somebody, and of a machine, that do what they like."""
    second, rows, grid = 100.0, list(HEAD), 0
    for _ in range(dice.randrange(1, 300)):
        second += dice.choice((0.0, 0.001, 0.03, 0.2, 1.0, 9.0))
        who = dice.choice((player, partner))
        channel, pitch = dice.randrange(3), dice.randrange(58, 64)
        kind = dice.random()
        if kind < 0.7:
            rows.append(who(second, dice.choice((ON, OFF)) | channel, pitch, dice.randrange(128)))
        elif kind < 0.8:
            rows.append(who(second, CONTROL | channel, dice.choice((1, 64)), dice.randrange(128)))
        elif kind < 0.82:
            rows.append(who(second, PROGRAM | channel, dice.randrange(128), 0))
        elif kind < 0.95:
            grid = dice.choice((grid, grid + 1, -grid - 1))
            since = second - dice.choice((0.0, 0.5, 3.0))
            beat, bpm = dice.uniform(0, 40), dice.uniform(20, 400)
            meter = dice.choice(("4/4", "4/4", "3/4", "7/8"))
            rows.append(Line(since, beat, bpm, grid, dice.uniform(0, 4), meter))
        elif kind < 0.98:
            rows.append(Held(second, [[1, 60]], []))
        else:
            rows.append(Over(second))
    return [*rows, player(second, ON, 60, 80), Over(second + 1.0)]


@pytest.mark.parametrize("seed", range(60))
def test_whatever_happens_the_file_has_two_balanced_tracks_at_their_seconds(tmp_path, seed):
    recording, half_a_tick, found = written(tmp_path, anything(random.Random(seed)))
    assert list(found) == ["player", "partner"]
    for name, events in found.items():
        meant = recording.tracks[name]
        assert balanced(events)
        assert [data for _, data in events] == [data for _, data in meant]
        zero = recording.tempi[0].anchor_second
        for (second, _), (wanted, _) in zip(events, meant, strict=True):
            assert abs(zero + second - wanted) <= half_a_tick + 1e-6
