import pytest

from improvd.daemon.status import status
from improvd.play.messages import Connection, Exit, Ready

JACK = Ready("jack", "improvd:hears", "improvd:plays")
KEYS = Connection("keys:out", "improvd:hears")
SYNTH = Connection("improvd:plays", "s")


@pytest.mark.parametrize(
    ("connections", "told"),
    [
        ([KEYS, SYNTH], "on jack, listening to keys:out; playing to s"),
        (
            [SYNTH],
            "on jack, waiting for a keyboard: nothing is connected to improvd:hears; playing to s",
        ),
        (
            [KEYS],
            "on jack, listening to keys:out; nothing is connected to improvd:plays",
        ),
    ],
)
def test_it_says_what_it_listens_to_or_waits_for(connections, told):
    assert status(JACK, connections, None) == told


def test_what_a_backend_cannot_see_is_not_claimed():
    told = status(JACK._replace(backend="alsa"), [], None)
    assert "nothing was from here connected to improvd:hears" in told


@pytest.mark.parametrize(
    ("left", "told"),
    [
        (None, "opening the ports"),
        (Exit.NO_MIDI_SYSTEM, "waiting for a MIDI system: none answers yet"),
        (Exit.FAULT, "its ports cannot be opened, see the log: trying again"),
    ],
)
def test_without_ports_it_says_why(left, told):
    assert status(None, [KEYS], left) == told
