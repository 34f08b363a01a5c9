import pytest

from improvd.ports.names import PortNames, find, is_keyboard

KEYSTATION = PortNames("system:midi_capture_1", ("alsa_midi:Keystation 49 MIDI 1 (out)",))
LAUNCHKEY = PortNames("a2j:Launchkey [24] (capture): Launchkey MIDI 1", ())
LAUNCHKEY_DAW = PortNames("a2j:Launchkey [24] (capture): Launchkey DAW", ())
SYNTH = PortNames("fluidsynth:midi", ("Organ",))
PORTS = [LAUNCHKEY_DAW, LAUNCHKEY, KEYSTATION, SYNTH]


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("fluidsynth:midi", SYNTH),
        ("ORGAN", SYNTH),
        ("keystation", KEYSTATION),
        ("midi_capture_1", KEYSTATION),
        ("a2j:Launchkey [32] (capture): Launchkey MIDI 1", LAUNCHKEY),
        ("Launchkey", LAUNCHKEY),
        ("Launchkey DAW", LAUNCHKEY_DAW),
        ("harp", None),
    ],
)
def test_a_port_is_found_by_any_of_its_names(wanted, meant):
    assert find(wanted, PORTS) == meant


def test_exact_comes_before_partial():
    long, short = PortNames("synth:midi in 2"), PortNames("synth:midi in")
    assert find("midi in", [long, short]) == short


def test_alsa_numbers_do_not_matter():
    plugged_again = PortNames("Keystation 49:Keystation 49 MIDI 1 28:0")
    assert find("Keystation 49:Keystation 49 MIDI 1 20:0", [plugged_again]) == plugged_again


@pytest.mark.parametrize(
    "name",
    [
        "Midi Through:Midi Through Port-0 14:0",
        "a2j:Midi Through [14] (capture): Midi Through Port-0",
        "MPK mini IV:MPK mini IV DAW Port 20:2",
        "KeyLab 61:MIDIIN2 (MCU/HUI)",
        "iCON:Control Surface",
    ],
)
def test_not_every_port_is_a_keyboard(name):
    assert not is_keyboard(PortNames(name))
    assert not is_keyboard(PortNames("system:midi_capture_3", (name,)))


def test_a_keyboard_is_one():
    assert is_keyboard(KEYSTATION)
    assert is_keyboard(LAUNCHKEY)
