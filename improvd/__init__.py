"""improvd: a real-time MIDI improvisation partner."""

__version__ = "0.1.0"
