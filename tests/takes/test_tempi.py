"""The beats of a file: every grid's bars on its bar lines, every second where it was."""

import pytest

from improvd.takes.journal import Line
from improvd.takes.tempi import tempi


def own(second, bpm, grid, meter="4/4"):
    """The grid of a phrase that began on this second."""
    return Line(second, 0.0, bpm, grid, 0.0, meter)


def beat_at(found, second):
    """By the anchors alone, as a file has it: from each to the next the tempo is steady."""
    for tempo, following in zip(found.tempi, [*found.tempi[1:], None], strict=True):
        if following is None or second < following.anchor_second:
            if following is None:
                return tempo.beat_at(second)
            span = following.anchor_second - tempo.anchor_second
            beats = following.anchor_beat - tempo.anchor_beat
            return tempo.anchor_beat + (second - tempo.anchor_second) / span * beats
    raise AssertionError


def test_without_any_grid_beats_count_from_the_first_sound():
    found = tempi([own(100.0, 90.0, 0)], [100.0, 101.0])
    assert [beat_at(found, second) for second in (100.0, 102.0)] == [0.0, 3.0]


def test_the_tempo_of_a_phrase_holds_from_its_first_onset_though_it_comes_later():
    found = tempi([own(100.0, 120.0, 0), own(100.0, 90.0, 1)], [100.0, 104.0])
    assert len(found.tempi) == 1
    assert beat_at(found, 102.0) == 3.0


def test_each_phrase_begins_on_a_bar_line_and_only_the_silence_before_it_is_bent():
    sounds = [100.0, 104.0, 105.9, 106.9]
    found = tempi([own(100.0, 120.0, 0), own(100.0, 120.0, 1), own(105.9, 100.0, 2)], sounds)
    assert beat_at(found, 104.0) == pytest.approx(8.0), "the first phrase, as it was"
    assert beat_at(found, 105.9) == pytest.approx(12.0), "a bar line"
    assert beat_at(found, 105.9 + 2.4) == pytest.approx(16.0), "at its own tempo"
    assert all(20 <= tempo.bpm <= 400 for tempo in found.tempi)


def test_where_there_is_no_silence_the_last_bar_is_bent():
    sounds = [100.0, 104.0, 104.85, 104.9, 106.0]
    found = tempi([own(100.0, 120.0, 1), own(104.9, 100.0, 2)], sounds)
    assert beat_at(found, 102.9) == pytest.approx(5.8)
    assert beat_at(found, 104.9) % 4 == pytest.approx(0.0, abs=1e-9)
    assert all(20 <= tempo.bpm <= 400 for tempo in found.tempi)


def test_a_phrase_that_is_placed_again_lies_where_it_was_placed_last():
    lines = [own(100.0, 120.0, 0), own(100.0, 120.0, 1), own(100.0, 80.0, 2)]
    assert tempi(lines, [100.0, 103.0]) == tempi([own(100.0, 80.0, 2)], [100.0, 103.0])


def test_a_clock_counts_the_bars_and_the_file_begins_on_one_of_its_lines():
    clock = Line(90.0, 30.0, 120.0, -1, 2.0, "3/4")  # bar lines at 2, 5, 8 ...
    found = tempi([clock], [100.25, 101.0])  # its beats 50.5 and 52
    assert found.tempi[0].anchor_second == pytest.approx(100.0)
    assert beat_at(found, 100.25) == pytest.approx(0.5)
    assert [(beat, str(meter)) for beat, meter in found.meters] == [(0.0, "3/4")]


def test_a_clock_that_drifts_keeps_its_beats():
    lines = [Line(100.0 + n * 1.01, n * 2.0, 120.0, -1, 0.0, "4/4") for n in range(20)]
    found = tempi(lines, [100.0])
    for line in lines:
        assert beat_at(found, line.second) == pytest.approx(line.beat)


def test_a_clock_that_jumps_goes_on_on_its_own_beat_of_the_bar():
    lines = [Line(100.0, 0.0, 120.0, -1, 0.0, "4/4"), Line(105.0, 33.0, 120.0, -2, 0.0, "4/4")]
    found = tempi(lines, [100.0, 104.0, 106.0])
    assert beat_at(found, 105.0) % 4 == pytest.approx(1.0)
    assert beat_at(found, 104.0) == pytest.approx(8.0)


def test_another_meter_begins_with_a_bar():
    lines = [own(100.0, 120.0, 1), own(104.6, 120.0, 2, "3/4")]
    found = tempi(lines, [100.0, 104.0])
    assert [(beat, str(meter)) for beat, meter in found.meters] == [
        (0.0, "4/4"),
        (beat_at(found, 104.6), "3/4"),
    ]
    assert beat_at(found, 104.6) % 4 == pytest.approx(0.0, abs=1e-9)


def test_a_tempo_without_a_grid_changes_nothing_but_the_tempo():
    lines = [own(100.0, 120.0, 1), Line(102.3, 77.0, 60.0, 0, 0.0, "4/4")]
    found = tempi(lines, [100.0, 104.3])
    assert beat_at(found, 102.3) == pytest.approx(4.6)
    assert beat_at(found, 104.3) == pytest.approx(6.6)
