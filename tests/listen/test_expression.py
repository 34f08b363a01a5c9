"""How loud an answer is."""

from improvd.core.note import Note
from improvd.core.tempo import Meter
from improvd.listen.expression import Expression

FOUR_FOUR = Meter(4, 4)


def quarters(*velocities: int) -> list[Note]:
    return [Note(float(beat), 1.0, 60, velocity) for beat, velocity in enumerate(velocities)]


def test_an_answer_is_a_little_softer_than_an_even_phrase():
    expression = Expression.of(quarters(80, 80, 80, 80), FOUR_FOUR)
    assert [expression.velocity(beat) for beat in (0.0, 1.25, 7.0)] == [72, 72, 72]


def test_the_accents_of_the_phrase_come_back_where_they_were_in_the_bar():
    expression = Expression.of(quarters(110, 70, 90, 70, 106, 74, 90, 70), FOUR_FOUR)
    level = 0.9 * 85
    assert expression.velocity(8.0) == round(level + 23)
    assert expression.velocity(9.0) == round(level - 13)
    assert expression.velocity(14.0) == round(level + 5)


def test_playing_beside_the_grid_counts_for_the_nearest_place():
    early = [Note(3.95, 1.0, 60, 100), Note(5.04, 1.0, 60, 60)]
    expression = Expression.of(early, FOUR_FOUR)
    assert expression.velocity(0.0) == 92
    assert expression.velocity(1.0) == 52


def test_where_nothing_was_played_the_same_place_of_other_beats_tells_then_the_level():
    offbeats_soft = [Note(0.0, 0.5, 60, 100), Note(0.5, 0.5, 60, 60)]
    expression = Expression.of(offbeats_soft, FOUR_FOUR)
    assert expression.velocity(2.0) == 92, "like the one beat that was played"
    assert expression.velocity(2.5) == 52, "like the one offbeat"
    assert expression.velocity(2.25) == 72, "nothing like it was played"


def test_however_the_phrase_was_played_an_answer_is_heard_and_does_not_shout():
    assert Expression.of(quarters(1, 1, 1), FOUR_FOUR).velocity(0.0) == 20
    assert Expression.of(quarters(127, 127, 127), FOUR_FOUR).velocity(0.0) == 114
    assert Expression.of(quarters(127, 100, 100), FOUR_FOUR).velocity(0.0) == 115


def test_the_bar_is_the_meters():
    expression = Expression.of(quarters(100, 70, 70), Meter(3, 4))
    assert expression.velocity(3.0) > expression.velocity(4.0)
    assert expression.velocity(6.0) == expression.velocity(0.0)
