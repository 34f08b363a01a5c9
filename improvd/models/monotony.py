"""How long music has not moved any more: it goes round in a loop, or it says almost nothing.

A pure measure of the last steps, which may be anything that can be hashed: sixteenths of a melody,
tokens of an event stream. What makes music move again is in `sampling`.

The bounds are those of real music. Of 6145 traditional tunes (2.2 million sixteenths) 72 are called
monotonous somewhere, at 0.039 % of the steps: 67 of them loops, at 0.037 %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import islice
from math import log2

MEMORY = 320  # steps of history that are looked at: the longest loop, and how it goes on
_LONGEST = 64  # steps: the longest pattern that counts as a loop
_REPEATS = 4  # a pattern may sound so often ...
_AT_LEAST = 32  # ... and a short one so many steps long: a note held for two bars is no loop
_GLANCE = 6  # steps: a look at the last few rules out most patterns

# Long notes are many steps that say "goes on". A whole note to each bar, always the same, has 0.34
# bits a step, which is as little as may be; the usual is 2.3 bits in tunes, and more in tokens.
_WINDOW = 64  # steps that entropy is measured over, four bars of sixteenths; fewer tell nothing
_LEAST = 0.3  # bits a step
_SHARE = 0.2  # of the entropy of what came before: so little is a standstill in lively music


def monotony(history: Sequence[Hashable]) -> int:
    """For how many steps the end of `history` has been monotonous; 0: it moves."""
    recent = list(islice(reversed(history), MEMORY))
    return _looping(recent) or _dull(recent)


def _looping(recent: Sequence[Hashable]) -> int:
    """By how many steps the shortest pattern that repeats at the end does so for too long."""
    same = next((i for i, step in enumerate(recent) if step != recent[0]), len(recent))
    if same > _AT_LEAST:
        return same - _AT_LEAST
    head = recent[: same + _GLANCE]  # with a run of equal steps in it, no shorter period can be
    for period in range(same + 1, min(_LONGEST, len(recent) // _REPEATS) + 1):
        if recent[period : period + len(head)] == head and (steps := _excess(recent, period)):
            return steps
    return 0


def _excess(recent: Sequence[Hashable], period: int) -> int:
    allowed = max(_REPEATS * period, _AT_LEAST)
    if len(recent) < allowed or recent[period:allowed] != recent[: allowed - period]:
        return 0
    pairs = zip(recent[allowed:], recent[allowed - period :], strict=False)
    return next(
        (i for i, (older, newer) in enumerate(pairs) if older != newer), len(recent) - allowed
    )


def _dull(recent: Sequence[Hashable]) -> int:
    """For how many steps the entropy of a window that ends there has been too low.

    A step that its window did not hold yet is a move: nothing before it counts.
    """
    if len(recent) < _WINDOW:
        return 0
    counts = Counter(recent[:_WINDOW])
    order = _order(counts.values())
    if order <= _order_at(_SHARE * log2(MEMORY)):
        return 0  # it has more than a share of whatever is usual
    usual = recent[_WINDOW:]
    enough = len(usual) >= _WINDOW
    limit = _order_at(max(_LEAST, _SHARE * _entropy(usual) if enough else 0.0))
    steps = 0
    while order > limit and counts[recent[steps]] > 1:
        if _WINDOW + steps == len(recent):
            return steps + 1
        leaving, entering = recent[steps], recent[_WINDOW + steps]
        steps += 1
        if leaving == entering:
            continue
        order -= _order((counts[leaving], counts[entering]))
        counts[leaving] -= 1
        counts[entering] += 1
        order += _order((counts[leaving], counts[entering]))
    return steps


def _order(counts: Iterable[int]) -> float:
    """The sum of n log n of these counts, bits: the more, the less different the steps are."""
    return sum(_N_LOG_N[count] for count in counts)


def _order_at(entropy: float) -> float:
    """The order of a window of that entropy, bits a step."""
    return _WINDOW * (log2(_WINDOW) - entropy)


def _entropy(steps: Sequence[Hashable]) -> float:
    """Bits a step."""
    return log2(len(steps)) - _order(Counter(steps).values()) / len(steps)


_N_LOG_N = [0.0, *(n * log2(n) for n in range(1, MEMORY + 1))]
