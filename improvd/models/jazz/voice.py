"""Between a step and the network: what it is told, and a draw from the allowed events."""

from __future__ import annotations

from collections import deque
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from improvd.core.chord import QUALITIES as KINDS
from improvd.core.units import OCTAVE, Beats
from improvd.models.base import Outputs, Wish
from improvd.models.jazz.configuration import (
    BELOW,
    EVENTS,
    HIGHEST,
    HOLD,
    LENGTHS,
    LOWEST,
    NOTES,
    REST,
    TICKS,
    Configuration,
    chord_on,
    place_of,
)
from improvd.models.jazz.encoding import Past, hear
from improvd.models.jazz.steps import (
    CUE,
    QUALITIES,
    Place,
    chord_number,
    packed,
    parted,
    quality,
    root,
)
from improvd.models.leaning import Leaning
from improvd.models.sampling import MEMORY, Sampler, log_likelihood

_EVENTS: Final = np.arange(EVENTS)
_BEGINS: Final = _EVENTS < NOTES
_HOLDS: Final = (_EVENTS >= HOLD) & (_EVENTS < REST)
_RESTS: Final = _EVENTS >= REST
_TICKS: Final = LENGTHS[:EVENTS]
_PITCHES: Final = [
    np.where(_BEGINS, _EVENTS + BELOW + each, -1) for each in range(OCTAVE)
]  # by root
_LEANING: Final = [Leaning(_BEGINS, pitches) for pitches in _PITCHES]
# What each nat that notes are likelier by takes from long waits, and gives to short ones, as those
# are what many notes are made of; an eighth is neither.
_HASTE: Final = np.log2(np.maximum(_TICKS, 1) / 6) * ~_BEGINS / 2
# By quality: are they of the scale that is played over the chord, and none of its tones?
_COLOURS: Final = [
    _BEGINS & np.isin((_EVENTS + BELOW) % OCTAVE, list({*kind.scale} - {*kind.tones}))
    for kind in (KINDS[name] for name in QUALITIES)
]


class _History(NamedTuple):
    past: Past
    place: Place
    last: int  # the event that was heard last
    played: tuple[int, ...]  # events, and pitches in place of notes


class Voice:
    """The last events of one model: `models.base.Voice`.

    It draws what happens. Which chord that is played over is what the last step told; each step
    tells what is wished for after it, or else goes on over the same.
    """

    def __init__(self, configuration: Configuration, sampler: Sampler) -> None:
        self._configuration = configuration
        self._sampler = sampler
        self._past = Past()
        self._place = Place(0)
        self._last = CUE
        self._played: deque[int] = deque(maxlen=MEMORY)

    def hear(self, step: int) -> NDArray[np.float32]:
        """What the network is told of the step and those before it, [inputs]."""
        event, place, _ = parted(step)
        told, self._past = hear(self._configuration, self._past, np.array([step], np.int32))
        self._last, self._place = int(event), Place(int(place))
        if event != CUE:
            self._played.append(int(event) if event >= NOTES else -self._past.last)
        return told.ravel()

    def choose(self, outputs: Outputs, wish: Wish) -> int:
        """Draw the next event from `logits` [1, classes], as far as the wish allows."""
        home = int(root(self._past.chord))
        logits = _LEANING[home].apply(outputs["logits"].ravel(), wish)
        if wish.busier:
            logits = logits - np.float32(wish.busier) * _HASTE.astype(np.float32)
        if wish.colour and self._past.chord:
            logits = logits + np.float32(wish.colour) * self._coloured()
        allowed = self._allowed(wish, _PITCHES[home])
        event = self._sampler.draw(logits, allowed, self._played)
        return self._placed(event, wish)

    def score(self, outputs: Outputs, step: int) -> float:
        """The log-likelihood of the event by `logits` [1, classes], nats."""
        return log_likelihood(outputs["logits"].ravel(), int(parted(step).event))

    def _coloured(self) -> NDArray[np.float32]:
        return np.asarray(_COLOURS[int(quality(self._past.chord))], np.float32)

    def _placed(self, event: int, wish: Wish) -> int:
        """The step of that event; a note is told over the chord that it was drawn over."""
        start = Beats(self._place / TICKS) if wish.beat is None else wish.beat
        beat = Beats(start + _TICKS[event] * self._configuration.grid)
        chord = self._past.chord
        if wish.harmony is not None and self._configuration.chords and event >= NOTES:
            chord = chord_number(chord_on(wish.harmony, beat))
        return int(packed(event, place_of(beat), chord))

    def _allowed(self, wish: Wish, pitches: NDArray[np.integer]) -> NDArray[np.bool_]:
        """The events that make sense here and obey the wish.

        A note lasts, what does not sound is not held, and no wait is longer than wished for, but
        for the shortest. An onset of no known pitch class may be any pitch.
        """
        begins = _BEGINS & (pitches >= LOWEST) & (pitches <= HIGHEST)
        if wish.onset or wish.pitch_classes is not None:
            suits = begins & np.isin(pitches % OCTAVE, list(wish.pitch_classes or ()))
            begins = suits if suits.any() or not wish.onset else begins
        if wish.onset:
            return begins
        longest = max(1.0, wish.within * TICKS + 0.5)
        holds, rests = (each & (longest >= _TICKS) for each in (_HOLDS, _RESTS))
        if self._last < NOTES or wish.hold:
            return holds
        return begins | rests | (holds if self._past.sounds else False)

    def snapshot(self) -> _History:
        """What the next step depends on."""
        return _History(self._past, self._place, self._last, tuple(self._played))

    def restore(self, snapshot: Any) -> None:
        """Take back what `snapshot` gave."""
        self._past, self._place, self._last, played = snapshot
        self._played = deque(played, maxlen=MEMORY)
