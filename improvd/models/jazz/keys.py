"""How training keeps the steps of each configuration: as solo lines, or as musical values."""

from improvd.models.jazz import lines
from improvd.models.jazz.either import either
from improvd.models.jazz.faithful import keys as values
from improvd.models.jazz.lines import CHORDED, DROPS, SECONDS, TOGETHER

__all__ = ["CHORDED", "DROPS", "SECONDS", "TOGETHER"]


widest = either(lines.widest, values.widest)
kept = either(lines.kept, values.kept)
played = either(lines.played, values.played)
begins = either(lines.begins, values.begins)
parts = either(lines.parts, values.parts)
keys = either(lines.keys, values.keys)
moved = either(lines.moved, values.moved)
varied = either(lines.varied, values.varied)
home = either(lines.home, values.home)
lesson = either(lines.lesson, values.lesson)
