import pytest

from improvd.core.note import Control, NoteOff, NoteOn, Program
from improvd.core.source import Source
from improvd.core.units import Channel, Pitch, Seconds, Velocity

NOW, THIRD = Seconds(1.0), Channel(3)


@pytest.mark.parametrize("text", ["cc 1", "note 127", "program 0", "cc 80 ch 16", "note 21 ch 1"])
def test_it_is_written_as_it_is_read(text):
    assert str(Source.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "cc", "cc 128", "cc -1", "cc 1 ch 0", "cc 1 ch 17", "pedal 64", "cc 1 ch", "1"]
)
def test_what_is_none_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011 - what is allowed is said by the configuration
        Source.parse(text)


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Control(NOW, THIRD, 7, 100), "cc 7 ch 3"),
        (NoteOn(NOW, THIRD, Pitch(21), Velocity(64)), "note 21 ch 3"),
        (NoteOff(NOW, THIRD, Pitch(21)), "note 21 ch 3"),
        (Program(NOW, THIRD, 5), "program 5 ch 3"),
    ],
)
def test_every_event_comes_from_somewhere(event, text):
    assert Source.of(event) == Source.parse(text)


def test_its_own_channel_comes_before_any():
    table = {Source.parse("cc 1"): "any", Source.parse("cc 1 ch 3"): "third"}
    assert Source.parse("cc 1 ch 3").found_in(table) == "third"
    assert Source.parse("cc 1 ch 4").found_in(table) == "any"
    assert Source.parse("note 1 ch 3").found_in(table) is None
