"""Chord charts, as musicians write them: | Dm7 | G7 | Cmaj7 | % |. Knows no file and no tempo.

Bars stand between lines, "|" or "||"; the end of a line of text is a bar line too. Several symbols
share their bar equally, "%" is the bar before once more, "N.C." no chord. A line of text that
begins with "#" says something to people alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import Final, NamedTuple

from improvd.config.read import written
from improvd.core.chord import NAMES, QUALITIES, Chord, ChordError, parse
from improvd.core.harmony import Change, Harmony
from improvd.core.units import Beats

BARS: Final = 1000  # at most; a long tune has a hundred
_SYMBOLS: Final = 16  # in a bar, at most
_LONGEST: Final = 24  # letters of a symbol
_MOST: Final = 100  # faults; what is no chart would have thousands
_AGAIN: Final = "%"
_NOTHING: Final = ("N.C.", "NC", "n.c.")
_KNOWN: Final = [name + quality for name in NAMES for quality in QUALITIES]
_OTHER_ROOTS: Final = {"H": "B", "h": "B"}  # as it is called from Germany to Russia

Bar = tuple[Chord | None, ...]


class ChartError(ValueError):
    """What is wrong with a chart: all `faults`, each with its line and column, from 1."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Reduced(NamedTuple):
    """A symbol that says more than the chord that it is taken for."""

    symbol: str
    chord: Chord


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars of a tune, each with the chords that share it; and which symbols were reduced."""

    bars: tuple[Bar, ...]
    reduced: tuple[Reduced, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Chart:
        """Read a chart. Raises ChartError with all its faults."""
        reading = _Reading()
        for number, line in enumerate(text.split("\n"), 1):
            reading.read(number, line)
        if not reading.bars and not reading.faults:
            reading.fault(1, 1, "there is no bar; expected one such as | Dm7 | G7 |")
        if reading.faults:
            raise ChartError(*reading.told())
        return cls(tuple(reading.bars), tuple(reading.reduced.values()))

    def harmony(self, bar: Beats) -> Harmony:
        """Its chords, again and again from beat 0 on, in bars of so many beats."""
        changes: list[Change] = []
        for beat, chord in self._beats(bar):
            if not changes or changes[-1].chord != chord:
                changes.append(Change(beat, chord))
        return Harmony(tuple(changes), Beats(len(self.bars) * bar))

    def __str__(self) -> str:
        bars = (" ".join(chord.symbol if chord else "N.C." for chord in bar) for bar in self.bars)
        return f"| {' | '.join(bars)} |"

    def _beats(self, bar: Beats) -> Iterator[tuple[Beats, Chord | None]]:
        for number, chords in enumerate(self.bars):
            for place, chord in enumerate(chords):
                yield Beats((number + place / len(chords)) * bar), chord


class _Reading:
    """What was read so far."""

    def __init__(self) -> None:
        self.bars: list[Bar] = []
        self.reduced: dict[str, Reduced] = {}
        self.faults: list[str] = []

    def read(self, number: int, line: str) -> None:
        """The next line of the text."""
        if line.lstrip().startswith("#"):
            return
        stretches = list(re.finditer(r"[^|]+", line))
        for place, stretch in enumerate(stretches):
            start = stretch.start() + 1
            found = re.finditer(r"\S+", stretch[0])
            if symbols := [(start + each.start(), each[0]) for each in found]:
                self._bar(number, symbols)
            elif start > 1 and place < len(stretches) - 1:
                self.fault(number, start, "a bar is empty; expected a chord, % or N.C.")

    def _bar(self, line: int, symbols: list[tuple[int, str]]) -> None:
        column, first = symbols[0]
        if len(self.bars) == BARS:
            self.fault(line, column, f"a chart has at most {BARS} bars")
            raise ChartError(*self.told())
        if len(symbols) > _SYMBOLS:
            self.fault(line, column, f"a bar has at most {_SYMBOLS} chords")
        elif (len(symbols), first) != (1, _AGAIN):
            self.bars.append(tuple(self._chord(line, *each) for each in symbols))
        elif self.bars:
            self.bars.append(self.bars[-1])
        else:
            self.fault(
                line, column, "% repeats the bar before, and there is none; expected a chord"
            )

    def _chord(self, line: int, column: int, symbol: str) -> Chord | None:
        if symbol in _NOTHING:
            return None
        if len(symbol) > _LONGEST:
            self.fault(line, column + _LONGEST, f"a chord has at most {_LONGEST} letters")
            return None
        try:
            chord, reduced = parse(symbol)
        except ChordError as error:
            self.fault(line, column + error.place, _told(symbol, error))
            return None
        if reduced:
            self.reduced[symbol] = Reduced(symbol, chord)
        return chord

    def fault(self, line: int, column: int, told: str) -> None:
        """Remember what is wrong there."""
        self.faults.append(f"line {line}, column {column}: {told}")

    def told(self) -> list[str]:
        """What was wrong, in so many lines that somebody may read them."""
        more = len(self.faults) - _MOST
        return self.faults[:_MOST] + [f"{more} more faults; correct these first"] * (more > 0)


def _told(symbol: str, error: ChordError) -> str:
    """What is wrong with a symbol, and what was meant."""
    if symbol == _AGAIN:
        return "% stands alone in its bar; expected a chord"
    told = f"{written(symbol)} is no chord: {error}"
    meant = _meant(symbol)
    return f"{told}; did you mean {meant!r}?" if meant else told


@lru_cache(maxsize=64)
def _meant(symbol: str) -> str:
    """A symbol like this one that there is; "" where none is near."""
    other = _OTHER_ROOTS.get(symbol[0], symbol[0].upper()) + symbol[1:]
    with suppress(ChordError):
        parse(other)
        return other
    return next(iter(get_close_matches(other, _KNOWN, 1)), "")
