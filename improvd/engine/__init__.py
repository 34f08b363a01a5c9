"""The engine runs a model, step by step. It knows no music, no MIDI and no clock."""
