"""Quantising and swing: pure functions of beats."""

from itertools import pairwise

import pytest

from improvd.listen.groove import GRIDS, Groove, Span

LINES = [n / 97 for n in range(4 * 97)]  # beats that are on no line but the whole ones


def onset(groove, beat):
    return groove.placed(Span(beat, beat + 0.5)).onset


def test_a_groove_that_is_off_moves_nothing():
    groove = Groove.of("off", 1.0, 50.0)
    assert groove.early == 0
    for beat in LINES:
        assert groove.placed(Span(beat, beat + 0.3)) == pytest.approx((beat, beat + 0.3))


@pytest.mark.parametrize("grid", GRIDS)
def test_every_onset_falls_on_the_nearest_line_and_the_note_keeps_its_length(grid):
    groove = Groove.of(grid, 1.0, 50.0)
    for beat in LINES:
        found = groove.placed(Span(beat, beat + 0.3))
        assert (found.onset / GRIDS[grid]) == pytest.approx(round(found.onset / GRIDS[grid]))
        assert abs(found.onset - beat) <= GRIDS[grid] / 2 + 1e-9
        assert found.end - found.onset == pytest.approx(0.3)


def test_a_triplet_grid_has_three_lines_where_two_were():
    groove = Groove.of("1/8T", 1.0, 50.0)
    assert [onset(groove, beat) for beat in (0.0, 0.3, 0.7, 1.1)] == pytest.approx(
        [0.0, 1 / 3, 2 / 3, 1.0]
    )


def test_strength_is_how_much_of_the_way_it_goes():
    assert onset(Groove.of("1/4", 0.5, 50.0), 0.8) == pytest.approx(0.9)
    assert onset(Groove.of("1/4", 0.0, 50.0), 0.8) == pytest.approx(0.8)


@pytest.mark.parametrize("strength", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("grid", GRIDS)
def test_nothing_comes_sooner_than_it_says(grid, strength):
    groove = Groove.of(grid, strength, 50.0)
    assert max(beat - onset(groove, beat) for beat in LINES) <= groove.early + 1e-9


def test_swing_makes_the_first_eighth_of_each_beat_longer():
    swung = Groove.of("1/8", 1.0, 66.0)
    assert [onset(swung, beat) for beat in (0.0, 0.5, 1.0, 1.5)] == pytest.approx(
        [0.0, 0.66, 1.0, 1.66]
    )


@pytest.mark.parametrize("swing", [50.0, 58.0, 66.7, 75.0])
def test_swing_keeps_order_beats_and_every_note_a_length(swing):
    groove = Groove.of("off", 1.0, swing)
    placed = [groove.placed(Span(beat, beat + 0.05)) for beat in LINES]
    assert all(span.end > span.onset for span in placed)
    assert all(a.onset < b.onset for a, b in pairwise(placed))
    for beat in range(4):
        assert onset(groove, float(beat)) == pytest.approx(beat)


def test_swing_warps_the_time_between_the_eighths_evenly():
    groove = Groove.of("off", 1.0, 60.0)
    assert onset(groove, 0.25) == pytest.approx(0.3)
    assert onset(groove, 0.75) == pytest.approx(0.8)
