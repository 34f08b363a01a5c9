"""Between a frame and the network: its units, and a draw of the keys from the allowed ones.

What the network says is drawn in four choices: does a key begin; if so, which is the likeliest that
does; which of the others begin with it; and which go on. Together they are the keys' own
probabilities, as far as a frame can follow the one before: only what sounded can be held. So a wish
and a rise of temperature reach the choice that they mean, and never all 88 keys.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from improvd.core.units import OCTAVE
from improvd.models.base import Outputs, Wish
from improvd.models.leaning import Leaning
from improvd.models.rnnrbm.configuration import KEYS, SILENCE, Configuration
from improvd.models.rnnrbm.frames import step as frame_step
from improvd.models.rnnrbm.frames import vector
from improvd.models.sampling import MEMORY, Sampler

Keys = NDArray[np.bool_]  # [88], the lowest key first
Nats = NDArray[np.float32]  # of each key, or of each unit

_NEVER = np.float32(-np.inf)
_SURE = np.float32(1e9)  # nats: beyond these all are alike


class Voice:
    """The last frames of one model: `models.base.Voice`."""

    def __init__(self, configuration: Configuration, sampler: Sampler) -> None:
        self._configuration = configuration
        self._sampler = sampler
        self._history: deque[int] = deque(maxlen=MEMORY)
        pitches = np.arange(KEYS) + configuration.lowest
        self._classes = pitches % OCTAVE
        self._leaning = Leaning(np.ones(KEYS, np.bool_), pitches)

    def hear(self, step: int) -> NDArray[np.float32]:
        """The units of the frame, [visible]."""
        self._history.append(step)
        return vector(self._configuration, step)

    def choose(self, outputs: Outputs, wish: Wish) -> int:
        """Draw the next frame from `logits` [1, visible], as far as the wish allows."""
        # fmax and fmin take the number where the other is none
        logits = np.fmin(np.fmax(outputs["logits"].ravel(), -_SURE), _SURE)
        goes_on, strikes = logits[:KEYS], logits[-KEYS:]  # the same where strikes are not told
        sounded = self._sounded(wish)
        suits = self._suiting(wish)
        begins = self._begins(goes_on, strikes, sounded)
        begins = self._leaning.apply(begins, Wish(register=wish.register))
        begun, first = self._begun(np.where(suits, begins, _NEVER), wish)
        held = sounded & ~begun
        if not wish.hold:
            held[held] = self._sampler.decide(goes_on[held])
        if wish.onset:  # of a known chord nothing else sounds on
            held &= suits
        on = _most(begun | held, np.where(begun, strikes, goes_on), first, wish.voices)
        told = [on, begun & on] if self._configuration.strikes else [on]
        return frame_step(np.concatenate(told))

    def score(self, outputs: Outputs, step: int) -> float:
        """The log-likelihood of the frame by `logits` [1, visible], nats: each unit for itself."""
        logits = outputs["logits"].ravel().astype(np.float64)
        signs = 1.0 - 2.0 * vector(self._configuration, step)
        return float(-np.logaddexp(0.0, signs * logits).sum())

    def _sounded(self, wish: Wish) -> Keys:
        """The keys that can be held: those of the last frame, unless another played it."""
        last = self._history[-1] if self._history and not wish.anew else SILENCE
        return np.asarray(vector(self._configuration, last).reshape(-1, KEYS).any(axis=0))

    def _suiting(self, wish: Wish) -> Keys:
        """The keys of the wished pitch classes; all where none is known."""
        if not wish.pitch_classes:
            return np.ones(KEYS, np.bool_)
        return np.isin(self._classes, list(wish.pitch_classes))

    def _begins(self, goes_on: Nats, strikes: Nats, sounded: Keys) -> Nats:
        """By how many nats each key is likelier to begin than not, [keys]."""
        if self._configuration.strikes:
            return strikes - np.where(sounded, np.logaddexp(0, goes_on), 0)
        return np.where(sounded, _NEVER, strikes)

    def _begun(self, begins: Nats, wish: Wish) -> tuple[Keys, int]:
        """The keys that begin, and the likeliest of them, -1: none does."""
        begun = np.zeros(KEYS, np.bool_)
        order = np.argsort(-begins, kind="stable")
        ranked = begins[order].astype(np.float64)
        others = -np.logaddexp(0.0, ranked)  # log-probability of each that it does not begin
        none = np.cumsum(others)
        # Each as the first that begins, all likelier ones staying silent:
        first = ranked + none
        some = np.logaddexp.reduce(first)
        odds = np.array([0.0, some - none[-1] + wish.busier])
        allowed = np.array([not wish.onset, not wish.hold])
        if not self._sampler.draw(odds, allowed, self._history):
            return begun, -1
        rank = self._sampler.draw(first, ranked > -np.inf, self._history)
        begun[order[rank]] = True
        begun[order[rank + 1 :]] = self._sampler.decide(ranked[rank + 1 :])
        return begun, int(order[rank])

    def snapshot(self) -> tuple[int, ...]:
        """The last frames."""
        return tuple(self._history)

    def restore(self, snapshot: Any) -> None:
        """Take back what `snapshot` gave."""
        self._history = deque(snapshot, maxlen=MEMORY)


def _most(on: Keys, likely: Nats, first: int, most: int | None) -> Keys:
    """The `most` likeliest of the keys that are on, `first` among them if there is one."""
    keys = np.flatnonzero(on)
    if most is None or len(keys) <= most:
        return on
    liked = np.where(keys == first, np.inf, likely[keys])
    kept = np.zeros_like(on)
    kept[keys[np.argsort(-liked, kind="stable")[:most]]] = True
    return kept
