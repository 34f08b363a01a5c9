"""An encoder is told of chords as beats pass, between what is played, and of none twice."""

from improvd.core.chord import parse
from improvd.core.harmony import Change, Harmony
from improvd.core.units import Beats
from improvd.daemon.hearing import Hearing
from improvd.listen.phrase import Played


def symbol(chord):
    return chord.symbol if chord else None


class Notebook:
    """An encoder whose steps are what it was told."""

    def note_on(self, beat, *_):
        return [("on", beat)]

    def note_off(self, beat, _):
        return [("off", beat)]

    def key_up(self, beat, _):
        return [("key_up", beat)]

    def pedal(self, beat, *, down):
        return [("down" if down else "up", beat)]

    def chord(self, beat, chord):
        return [(symbol(chord), beat)]

    def advance(self, beat):
        return [("...", beat)]

    def close(self, beat):
        return [("end", beat)]


def over(*changes, length=None):
    return Harmony(
        tuple(Change(Beats(beat), text and parse(text).chord) for beat, text in changes), length
    )


TWO_FIVE = over((0.0, "Dm7"), (4.0, "G7"), length=Beats(8.0))


def on(beat):
    return Played("on", Beats(beat))


def test_what_is_played_comes_after_the_chords_up_to_it():
    hearing = Hearing(Notebook())
    assert hearing.hear(on(0.0), TWO_FIVE) == [("Dm7", 0.0), ("on", 0.0)]
    assert hearing.hear(on(3.5), TWO_FIVE) == [("on", 3.5)]
    assert hearing.hear(on(4.0), TWO_FIVE) == [("G7", 4.0), ("on", 4.0)]
    assert hearing.advance(Beats(9.0), TWO_FIVE) == [("Dm7", 8.0), ("...", 9.0)]


def test_a_chord_that_begins_where_the_phrase_ends_is_not_of_it():
    hearing = Hearing(Notebook())
    assert hearing.close(Beats(4.0), TWO_FIVE) == [("Dm7", 0.0), ("end", 4.0)]


def test_of_a_change_that_comes_to_be_known_late_it_is_told_where_it_was_told_last():
    hearing = Hearing(Notebook())
    hearing.hear(on(0.0), over((-1.0, "Dm7")))
    assert hearing.advance(Beats(2.0), over((-1.0, "Dm7"))) == [("...", 2.0)]
    late = over((-1.0, "Dm7"), (1.9, "G7"))
    assert hearing.hear(on(2.5), late) == [("G7", 2.0), ("on", 2.5)]
    assert hearing.hear(on(3.0), late) == [("on", 3.0)]


def test_that_no_chord_is_known_is_told_only_where_one_was():
    hearing = Hearing(Notebook())
    assert hearing.hear(on(0.0), None) == [("on", 0.0)]
    nothing = over((0.0, None), (1.0, "C"), (2.0, None))
    assert hearing.hear(on(3.0), nothing) == [("C", 1.0), (None, 2.0), ("on", 3.0)]


def test_all_that_is_played_reaches_the_encoder():
    hearing = Hearing(Notebook())
    kinds = ("on", "key_up", "off", "down", "up")
    heard = [hearing.hear(Played(kind, Beats(1.0)), None) for kind in kinds]
    assert heard == [[(kind, 1.0)] for kind in kinds]
