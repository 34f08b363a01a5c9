"""Ground: units, notes and tempo. Standard library only; everything else stands on it."""
