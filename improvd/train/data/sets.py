"""The benchmark sets by name, and the file of each. Light, as the command line reads it too."""

from typing import Final

SETS: Final = {
    "nottingham": "Nottingham.mat",
    "jsb": "JSB_Chorales.mat",
    "musedata": "MuseData.mat",
    "piano-midi": "Piano_midi.mat",
}
