"""What was sent, and comes back."""

from improvd.core.units import Seconds
from improvd.play.echo import WINDOW, EchoWindow

ON = bytes((0x90, 60, 80))


def test_what_comes_back_at_once_is_an_echo_and_later_is_playing():
    window = EchoWindow()
    window.sent(Seconds(1.0), ON)
    assert window.is_echo(Seconds(1.0 + WINDOW / 2), ON)
    assert not window.is_echo(Seconds(1.0 + WINDOW * 2), ON)
    assert window.count == 1


def test_in_a_flood_only_the_last_moment_is_remembered():
    """What is not is looked through again for each message, in the cycle."""
    window = EchoWindow()
    for number in range(10_000):
        window.sent(Seconds(number / 1000), bytes((0xB0, number // 128, number % 128)))
    assert len(window._sent) <= WINDOW * 1000 + 1
    assert window.is_echo(Seconds(9.999), bytes((0xB0, 9999 // 128, 9999 % 128)))


def test_a_message_that_is_sent_again_is_as_young_as_that():
    window = EchoWindow()
    for second in (0.0, 0.02):
        window.sent(Seconds(second), ON)
    window.sent(Seconds(0.04), bytes((0xB0, 7, 100)))
    assert window.is_echo(Seconds(0.045), ON)


def ons(count):
    return [bytes((0x90, 36 + number % 64, 80)) for number in range(count)]


def test_what_comes_back_note_by_note_is_a_loop():
    window = EchoWindow()
    for number, message in enumerate(ons(4)):
        second = Seconds(number / 4)
        assert not window.looped(second)
        window.sent(second, message)
        assert window.is_echo(Seconds(second + 0.01), message)
    assert window.looped(Seconds(1.0))
    assert not window.looped(Seconds(3.0))


def test_a_few_of_many_notes_that_seem_to_come_back_are_no_loop():
    """Noise at the input that is passed on says now and then what was sent just before."""
    window = EchoWindow()
    for number, message in enumerate(ons(1000)):
        second = Seconds(number / 1000)
        window.sent(second, message)
        if number % 10 == 0:
            assert window.is_echo(second, message)
    assert window.count == 100
    assert not window.looped(Seconds(1.0))
