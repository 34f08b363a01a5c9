"""When a phrase is over."""

import pytest

from improvd.core.note import SUSTAIN, Control, NoteOff, NoteOn
from improvd.listen.held import Held
from improvd.listen.modes import Happening
from improvd.listen.phrase import Phrase
from improvd.listen.turn import Decision, decide


class Player:
    """Somebody at a keyboard, heard by `held` and gathered in one phrase."""

    def __init__(self, max_hold: float = 8.0) -> None:
        self.held = Held(max_hold)
        self.phrase = Phrase()

    def hear(self, event) -> None:
        for sound in self.held.hear(event):
            self.phrase.hear(sound)

    def plays(self, *seconds: float, lasting: float = 0.1) -> None:
        for second in seconds:
            self.hear(NoteOn(second, 1, 60, 90))
            self.hear(NoteOff(second + lasting, 1, 60))

    def asked(self, now: float, silence="auto", min_notes: int = 3) -> Decision:
        for sound in self.held.give_up(now):
            self.phrase.hear(sound)
        return decide(self.phrase, self.held, now, silence, min_notes)


def test_a_phrase_is_over_when_the_silence_after_its_last_release_has_passed():
    player = Player()
    assert player.asked(0.0) == Decision(None)
    player.plays(1.0, 1.4, 1.8)
    assert player.asked(2.0) == Decision(None, pytest.approx(1.9 + 0.6))
    assert player.asked(2.51) == Decision(Happening.PHRASE_OVER)


def test_a_clock_says_how_long_the_silence_is_if_it_is_asked():
    player = Player()
    player.plays(1.0, 1.4, 1.8)
    at_60 = decide(player.phrase, player.held, 2.0, "beat", 3, clock=60.0)
    assert at_60 == Decision(None, pytest.approx(1.9 + 1.0))


def test_a_phrase_of_too_few_notes_is_over_too_but_too_short():
    player = Player()
    player.plays(1.0, 1.4)
    assert player.asked(2.6) == Decision(Happening.TOO_SHORT)
    assert player.asked(2.6, min_notes=2) == Decision(Happening.PHRASE_OVER)


def test_a_held_key_keeps_the_phrase_open_until_it_is_given_up():
    player = Player()
    player.plays(1.0, 1.4)
    player.hear(NoteOn(2.0, 1, 48, 90))
    assert player.asked(5.0) == Decision(None, 10.0)
    assert player.asked(10.0) == Decision(None, pytest.approx(10.9))
    assert player.asked(10.9).happening == Happening.PHRASE_OVER


def test_the_pedal_keeps_the_phrase_open_like_a_held_key():
    player = Player()
    player.hear(Control(0.9, 1, SUSTAIN, 127))
    player.plays(1.0, 1.4, 1.8)
    assert player.asked(5.0).happening is None
    player.hear(Control(5.5, 1, SUSTAIN, 0))
    assert player.asked(6.0).happening is None
    assert player.asked(6.11).happening == Happening.PHRASE_OVER
