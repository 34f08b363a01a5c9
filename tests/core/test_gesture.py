import pytest

from improvd.core.gesture import Gesture


@pytest.mark.parametrize(
    ("text", "down", "up"),
    [
        ("cc 80", b"\xb3\x50\x7f", b"\xb3\x50\x00"),
        ("pedal 66", b"\xb0\x42\x40", b"\xb0\x42\x3f"),
        ("note 21", b"\x90\x15\x40", b"\x80\x15\x00"),
    ],
)
def test_it_is_pressed_once_until_it_is_let_go(text, down, up):
    gesture = Gesture.parse(text)
    assert gesture.knows(down)
    assert gesture.knows(up)
    assert gesture.is_pressed(down, was_down=False)
    assert not gesture.is_pressed(down, was_down=True)
    assert not gesture.is_pressed(up, was_down=True)
    assert gesture.is_down(down)
    assert not gesture.is_down(up)


def test_a_program_is_pressed_each_time_and_never_held():
    gesture = Gesture.parse("program 3")
    assert gesture.knows(b"\xc0\x03")
    assert not gesture.knows(b"\xc0\x04")
    assert gesture.is_pressed(b"\xc0\x03", was_down=False)
    assert not gesture.is_down(b"\xc0\x03")


@pytest.mark.parametrize("message", [b"\xb0\x51\x7f", b"\x90\x50\x40", b"\xc0\x50"])
def test_other_messages_say_nothing_of_it(message):
    assert not Gesture.parse("cc 80").knows(message)


@pytest.mark.parametrize("text", ["", "cc", "cc 120", "cc -1", "pedal 63", "pedal 70", "note 128",
                                  "program 128", "bend 1", "cc 80 1"])  # fmt: skip
def test_what_cannot_be_played_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        Gesture.parse(text)
