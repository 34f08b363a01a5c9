"""Which backend is opened, with backends that are there or not at will."""

import pytest

from improvd.errors import PortError
from improvd.ports import opening
from improvd.ports.base import Hooks, Keep, NameTakenError, NoMidiSystemError, Wishes

WISHES = Wishes("improvd", "auto", "virtual")
HOOKS = Hooks(lambda *_: (), lambda: Keep.NOTHING, lambda: True, lambda: None)


@pytest.fixture
def systems(monkeypatch):
    """What each backend does when it is opened: a fault, or a name that stands for open ports."""

    def put(**outcomes):
        def opener(name, *_):
            outcome = outcomes.get(name.replace("-", "_"), NoMidiSystemError("not here"))
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

        monkeypatch.setattr(opening, "_OPEN", dict.fromkeys(opening.AUTO, opener))

    return put


def test_auto_takes_the_first_that_works(systems):
    systems(rtmidi_jack="third", coremidi="fourth")
    assert opening.open_ports("auto", WISHES, HOOKS) == ("rtmidi-jack", "third")


def test_auto_does_not_go_round_a_name_that_is_taken(systems):
    systems(jack=NameTakenError("taken"), alsa="second")
    with pytest.raises(NameTakenError):
        opening.open_ports("auto", WISHES, HOOKS)


def test_where_none_works_the_cure_is_named_in_one_line(systems):
    systems()
    with pytest.raises(NoMidiSystemError, match="start jackd, or PipeWire") as fault:
        opening.open_ports("auto", WISHES, HOOKS)
    assert "\n" not in str(fault.value)


def test_a_named_backend_is_taken_or_none(systems):
    systems(jack="first", alsa="second")
    assert opening.open_ports("alsa", WISHES, HOOKS) == ("alsa", "second")
    with pytest.raises(NoMidiSystemError):
        opening.open_ports("winmm", WISHES, HOOKS)


def test_memory_ports_are_for_jam_alone():
    with pytest.raises(PortError, match="improvd jam"):
        opening.open_ports("memory", WISHES, HOOKS)
