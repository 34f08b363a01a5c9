"""The model families: one folder each, found by being there. `base` says what a family is."""
