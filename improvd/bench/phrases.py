"""How early and how often wrongly each detector says that a phrase is over, on marked phrases.

A detector is asked after each note of a phrase how much silence it wants. All its answers are
stretched by one factor, so that detectors are compared where they take equally long to tell an end.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Final, NamedTuple

from improvd.bench.figure import Figure
from improvd.bench.marked import Marked, phrases
from improvd.config.schema import Turns
from improvd.core.units import Seconds
from improvd.errors import DataError
from improvd.listen.held import Sound
from improvd.listen.phrase import Phrase
from improvd.listen.phrase_end import DETECTORS, Name, over_at

# A fixed silence is a detector too; how many seconds, its stretch says.
SETTINGS: Final[dict[str, Seconds | Name]] = {"silence": Seconds(1.0)} | {
    name: name for name in DETECTORS
}
DELAYS: Final = (Seconds(0.4), Seconds(0.6), Seconds(0.8))  # the mean ones that are compared at


class Asked(NamedTuple):
    """What a detector made of one phrase: after each note the rest, and the silence it wanted."""

    rests: list[Seconds]
    wanted: list[Seconds]

    def cut(self, stretch: float) -> bool:
        """Would it have said inside the phrase that it is over?"""
        inside = zip(self.rests[:-1], self.wanted[:-1], strict=True)
        return any(rest >= stretch * wanted for rest, wanted in inside)

    def found(self, stretch: float) -> bool:
        """Would it have said so at the end, before the next phrase begins?"""
        return self.rests[-1] >= stretch * self.wanted[-1]


class Score(NamedTuple):
    """One detector at one mean delay, over the players that it was not tuned on."""

    detector: str
    stretch: float
    delay: float  # seconds from the last release to "over", if nothing more came; mean
    cut: float  # share of the phrases in which it says "over" before their end
    found: float  # share of the phrases whose end is told before the next one begins
    tuned: float  # the share cut at this delay, of the phrases that it was tuned on
    phrases: int


def scores(folder: Path) -> list[Score]:
    """Each detector at each mean delay, then each as it is configured.

    Raises DataError where tables or MIDI files are not there, or a half of the players is missing.
    """
    halves: dict[bool, list[Marked]] = {False: [], True: []}
    for phrase in phrases(folder):
        halves[phrase.tuning].append(phrase)
    if not all(halves.values()):
        raise DataError(f"{folder}: holds no marked phrases with MIDI files, or too few players")
    other, tuned = (
        {name: [_asked(each, how) for each in half] for name, how in SETTINGS.items()}
        for half in halves.values()
    )
    return [
        _score(name, delay, other[name], tuned[name])
        for delay in (*DELAYS, None)
        for name in (SETTINGS if delay else DETECTORS)
    ]


def figures(found: Sequence[Score]) -> Iterator[Figure]:
    """The default detector cuts no more phrases than any other at the same mean delay."""
    default = str(Turns().silence)
    for index, delay in enumerate(DELAYS):
        here = found[index * len(SETTINGS) : (index + 1) * len(SETTINGS)]
        cut = {each.detector: each.cut for each in here}
        bar = min(share for name, share in cut.items() if name != default)
        yield Figure(f"phrases cut, ends told after {delay} s", "", default, bar, cut)


def table(found: Sequence[Score]) -> str:
    """The scores, as docs/benchmarks.md shows them."""
    head = "| detector | stretched by | mean delay | phrases cut | ends found | cut, tuned on |"
    rows = (
        f"| `{each.detector}` | {each.stretch:.2f} | {each.delay:.2f} s "
        f"| {each.cut:.2%} | {each.found:.1%} | {each.tuned:.2%} |"
        for each in found
    )
    return "\n".join([head, "|---" * head.count(" | ") + "|---|", *rows])


def _asked(marked: Marked, silence: Seconds | Name) -> Asked:
    """Play the phrase to the detector, and ask after each note."""
    phrase, wanted = Phrase(), []
    for note in marked.notes:
        phrase.hear(Sound("on", note.onset, note.pitch, note.velocity))
        phrase.hear(Sound("off", note.release, note.pitch))
        over = over_at(phrase, note.release, silence, marked.clock)
        assert over is not None  # noqa: S101 - nothing is held
        wanted.append(Seconds(over - note.release))
    return Asked([note.rest for note in marked.notes], wanted)


def _score(
    name: str, delay: Seconds | None, asked: Sequence[Asked], tuned: Sequence[Asked]
) -> Score:
    """At this mean delay on either half; None: as it is configured."""
    mean, tuned_mean = (fmean(one.wanted[-1] for one in half) for half in (asked, tuned))
    stretch, tuned_stretch = (delay / mean, delay / tuned_mean) if delay else (1.0, 1.0)
    return Score(
        name,
        stretch,
        stretch * mean,
        fmean(one.cut(stretch) for one in asked),
        fmean(one.found(stretch) for one in asked),
        fmean(one.cut(tuned_stretch) for one in tuned),
        len(asked),
    )
