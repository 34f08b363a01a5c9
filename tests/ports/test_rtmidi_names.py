import pytest

from improvd.ports.rtmidi_apis import APIS, keyboards

ALSA = [
    "Midi Through:Midi Through Port-0 14:0",
    "Keystation 49:Keystation 49 MIDI 1 20:0",
    "Launchkey:Launchkey DAW 24:1",
    "FLUID Synth (77):Synth input port 128:0",
]
JACK = [
    "system:midi_capture_1",
    "a2j:Midi Through [14] (capture): Midi Through Port-0",
    "ardour:out",
]


@pytest.mark.parametrize(
    ("backend", "wanted", "ports", "heard"),
    [
        ("alsa", "auto", ALSA, {"Keystation 49:Keystation 49 MIDI 1 20:0"}),
        ("alsa", "virtual", ALSA, set()),
        ("alsa", ["FLUID", "harp"], ALSA, {"FLUID Synth (77):Synth input port 128:0"}),
        ("rtmidi-jack", "auto", JACK, {"system:midi_capture_1"}),
        ("coremidi", "auto", ["Keystation", "Launchkey DAW"], {"Keystation"}),
    ],
)
def test_what_is_heard(backend, wanted, ports, heard):
    assert keyboards(APIS[backend], wanted, ports) == heard
