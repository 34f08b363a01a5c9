"""Which ports are connected with which, by their names as the systems write them."""

import logging

import pytest

from improvd.ports.base import Role, Wishes
from improvd.ports.names import PortNames
from improvd.ports.rtmidi_apis import APIS, hardware
from improvd.ports.wiring import Wiring

KEYSTATION = "Keystation 49:Keystation 49 MIDI 1 20:0"
PADS = "Pads:Pads MIDI 1 28:0"
SYNTH = "FLUID Synth (77):Synth input port 128:0"
ALSA = [
    "Midi Through:Midi Through Port-0 14:0",
    KEYSTATION,
    "Launchkey:Launchkey DAW 24:1",
    SYNTH,
]
JACK = [
    "system:midi_capture_1",
    "a2j:Midi Through [14] (capture): Midi Through Port-0",
    "ardour:out",
]


def heard(ports, backend="alsa", **wishes):
    """Own input -> what it is to be connected with."""
    sources = [PortNames(port) for port in ports]
    wishes = Wishes(**{"name": "improvd", "input": "auto", "output": "virtual"} | wishes)
    return Wiring(wishes).heard(sources, hardware(APIS[backend], sources))


@pytest.mark.parametrize(
    ("backend", "wanted", "ports", "found"),
    [
        ("alsa", "auto", ALSA, [KEYSTATION]),
        ("alsa", "virtual", ALSA, []),
        ("alsa", ["FLUID", "harp"], ALSA, [SYNTH]),
        ("rtmidi-jack", "auto", JACK, ["system:midi_capture_1"]),
        ("coremidi", "auto", ["Keystation", "Launchkey DAW"], ["Keystation"]),
    ],
)
def test_what_is_heard(backend, wanted, ports, found):
    assert heard(ports, backend, input=wanted) == {"hears": found}


def test_a_named_device_of_controls_is_no_keyboard():
    assert heard([*ALSA, PADS], controls=["pads"]) == {"controls": [PADS], "hears": [KEYSTATION]}
    both = heard([*ALSA, PADS], input=["Keystation", "Pads"], controls=["Pads"])
    assert both["hears"] == [KEYSTATION, PADS], "unless it is named as one"


def test_a_keyboard_may_be_the_clock_as_well():
    wired = heard(ALSA, clock="Keystation", controls="virtual")
    assert wired == {"clock": [KEYSTATION], "controls": [], "hears": [KEYSTATION]}


def test_what_is_missing_is_said_once(caplog):
    caplog.set_level(logging.INFO)
    wiring = Wiring(Wishes("improvd", "virtual", "harp", controls=["pads"]))
    for _ in range(2):
        assert wiring.heard([PortNames(KEYSTATION)], []) == {"controls": [], "hears": []}
        assert wiring.played_to([PortNames(SYNTH)]) == []
    assert [record.args for record in caplog.records] == [("pads",), ("harp",)]
    assert wiring.heard([PortNames(PADS)], [])["controls"] == [PADS]


@pytest.mark.parametrize(
    ("wishes", "roles"),
    [
        ({}, {"hears": Role.PLAYS | Role.CLOCK | Role.CONTROLS}),
        ({"clock": "DAW"}, {"clock": Role.CLOCK, "hears": Role.PLAYS | Role.CONTROLS}),
        (
            {"clock": "virtual", "controls": ["pads"]},
            {"clock": Role.CLOCK, "controls": Role.CONTROLS, "hears": Role.PLAYS},
        ),
    ],
)
def test_each_role_has_one_port(wishes, roles):
    inputs = Wishes("improvd", "auto", "virtual", **wishes).inputs()
    assert {each.end: each.roles for each in inputs} == roles
