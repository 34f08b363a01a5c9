"""Takes: what was played and answered, kept jam by jam as MIDI files."""
