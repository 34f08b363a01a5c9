"""What a continuation is played over: a chart, its chords as notes, and the rules that prune it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final, Self

from improvd.config.chart import Chart, ChartError
from improvd.config.tunes import read_chart
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.errors import ConfigError
from improvd.models.jazz.rules import RULES, pruned

_LOWEST: Final = 48  # of the chords
_SOFT: Final = Velocity(56)


@dataclass(frozen=True, slots=True)
class Over:
    """The chords, None where there are none, and the names of the rules."""

    harmony: Harmony | None
    rules: Sequence[str]
    told: Sequence[str] = ()  # what was made of the chart, a line each

    @classmethod
    def of(cls, chart: str | None, rules: str, bar: Beats) -> Self:
        """From what the options say; its bars have so many beats. Raises ConfigError."""
        names = _rules(rules)
        if chart is None:
            return cls(None, names)
        read = _chart(chart)
        told = [f"{symbol} is taken for {chord.symbol}" for symbol, chord in read.reduced]
        return cls(read.harmony(bar), names, told)

    def pruned(self, notes: Sequence[Note]) -> list[Note]:
        """What the rules leave of the notes."""
        return list(pruned(notes, self.harmony, self.rules))

    def comping(self, notes: Sequence[Note]) -> Iterator[Note]:
        """The chords as held notes, from the first beat on as long as these notes last."""
        end = Beats(max((note.end for note in notes), default=0.0))
        changes = self.harmony.between(Beats(0.0), end) if self.harmony and end else []
        ends = [change.beat for change in changes[1:]] + [end]
        for (beat, chord), until in zip(changes, ends, strict=False):
            for tone in sorted(chord.tones) if chord else ():
                yield Note(beat, Beats(until - beat), Pitch(_LOWEST + tone), _SOFT)


def _chart(said: str) -> Chart:
    """The chart of that file, or the chart itself, which has a "|"."""
    if "|" not in said:
        if not Path(said).exists():
            meant = 'a chart itself has bars, such as "| Dm7 | G7 |"'
            raise ConfigError(f"--chart: there is no file {said!r:.200}; {meant}")
        return read_chart(Path(said))
    try:
        return Chart.parse(said)
    except ChartError as error:
        raise ConfigError(*(f"--chart: {fault}" for fault in error.faults)) from None


def _rules(said: str) -> list[str]:
    """The names of rules, between commas."""
    names = [name.strip() for name in said.split(",") if name.strip()]
    for name in names:
        if name not in RULES:
            close = get_close_matches(name, RULES, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are: {', '.join(RULES)}"
            raise ConfigError(f"--rules: there is no {name!r:.40}; {hint}")
    return names
