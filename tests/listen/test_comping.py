"""A left hand that changes chords: plainly, rolled, legato, and with keys that come up in turn."""

import pytest

from improvd.core.chord import QUALITIES
from improvd.core.note import ALL_NOTES_OFF, Control, NoteOff, NoteOn
from improvd.core.units import Channel, Pitch, Seconds, Velocity
from improvd.listen.chords import recognise
from improvd.listen.comping import Comping

CH = Channel(1)
DM7, G7, C = (50, 53, 57, 60), (43, 50, 53, 59), (48, 52, 55)


class Hand:
    """Plays, and keeps every chord that was another one."""

    def __init__(self):
        self.comping = Comping()
        self.heard = []

    def down(self, *pitches):
        for pitch in pitches:
            self._hear(NoteOn(Seconds(0.0), CH, Pitch(pitch), Velocity(64)))

    def up(self, *pitches):
        for pitch in pitches:
            self._hear(NoteOff(Seconds(0.0), CH, Pitch(pitch)))

    def _hear(self, event):
        if self.comping.hear(event):
            self.heard.append(self.comping.chord.symbol)


def test_chords_are_heard_as_they_change():
    hand = Hand()
    for chord in (DM7, G7, C, C):
        hand.down(*chord)
        hand.up(*chord)
    assert [symbol for symbol in hand.heard if symbol != "Dm"] == ["Dm7", "G7", "C"]


@pytest.mark.parametrize("quality", QUALITIES)
def test_every_chord_in_every_inversion_and_key_is_heard_key_by_key(quality):
    hand, steps = Hand(), QUALITIES[quality].tones
    for root in range(48, 60):
        for inversion in range(len(steps)):
            keys = [root + step + 12 * (place < inversion) for place, step in enumerate(steps)]
            hand.down(*keys)
            assert hand.comping.chord == recognise(map(Pitch, keys))
            hand.up(*keys)


def test_a_chord_that_is_rolled_grows():
    hand = Hand()
    hand.down(48, 52)
    assert hand.heard == []
    hand.down(55)
    hand.down(58)
    assert hand.heard == ["C", "C7"]


def test_keys_that_come_up_one_after_another_leave_the_chord_as_it_was():
    hand = Hand()
    hand.down(48, 52, 55, 58)
    hand.up(58)
    hand.up(48)
    hand.up(52, 55)
    assert hand.comping.chord.symbol == hand.heard[-1] == "C7"


def test_keys_that_are_held_over_are_waited_for():
    hand = Hand()
    hand.down(*C)
    hand.down(49, 53, 56)  # Db over what is still down is no chord
    hand.up(48)
    assert hand.heard == ["C"]
    hand.up(52, 55)
    assert hand.heard == ["C", "Db"]


def test_all_notes_off_lets_go_of_a_channel():
    hand = Hand()
    hand.down(*C)
    hand.comping.hear(Control(Seconds(0.0), CH, ALL_NOTES_OFF, 0))
    hand.down(*G7)
    assert hand.comping.chord.symbol == "G7"


def test_after_lost_reports_only_what_is_told_is_down():
    hand = Hand()
    hand.down(*C)
    assert hand.comping.resync([(CH, Pitch(pitch)) for pitch in DM7])
    assert hand.comping.chord.symbol == "Dm7"
    assert not hand.comping.resync([])
    assert hand.comping.chord.symbol == "Dm7"
