"""MIDI ports, one module a backend. The only place that knows mido, python-rtmidi and JACK."""
