"""A model that has heard something and goes on from there. Knows no clock and no keyboard."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from improvd.core.harmony import Harmony
from improvd.core.histogram import Histogram
from improvd.core.note import Note
from improvd.core.pedal import Pedal
from improvd.core.units import Beats, Bpm, Pitch, Seconds
from improvd.engine.session import Session
from improvd.errors import ModelError
from improvd.models.base import (
    ANYTHING,
    ENDLESS,
    START,
    USUAL,
    Decoder,
    Dice,
    Encoder,
    Outputs,
    Prune,
    Step,
    Wish,
    configuration_of,
    encode,
    family,
)
from improvd.models.sampling import Sampler

Ending = Callable[[Sequence[Note]], frozenset[int]]

log = logging.getLogger(__name__)

_OCTAVES = range(-120, 121, 12)
_PULL = 0.5  # nats for each attack that an answer is behind its density ...
_HARDEST = 3.0  # ... at most
_REMEMBERED = 512  # notes of an answer that its ending is chosen by, as one may go on for hours


@dataclass(slots=True)
class Plan:
    """What an answer shall be, whatever the model makes of it. `end` may change it on the way."""

    length: Beats
    bar: Beats  # no rest is longer
    ending: Ending  # the pitch classes that its last note may have, after what was answered so far
    last_onset: Beats  # where that note begins, to hold until the end
    longest: Beats = ENDLESS  # a note that would sound longer ends
    density: float | None = None  # attacks a beat that it keeps to
    polyphony: int | None = None  # the most notes at once, where a step tells all that sounds
    register: tuple[int, int] | None = None  # the lowest and the highest pitch that it keeps near
    at_once: bool = True  # its first note begins where it begins
    harmony: Harmony | None = None  # that it is played over; the last that is set holds
    rules: Collection[str] = ()  # of its family, that prune its notes
    colour: float = 0.0  # nats: by so much the tones beside those of the chord are likelier
    start: Beats | None = None  # of the bars and the harmony, on which it begins; None: as heard
    bpm: Bpm = USUAL  # how fast its beats are

    def end(self, length: Beats, cadence: Beats) -> None:
        """It is to be no longer than this, its last note as long as `cadence`."""
        if length < self.length:
            self.length, self.last_onset = length, Beats(length - cadence)

    def wish(self, decoder: Decoder, answered: Sequence[Note], *, ending: bool) -> Wish:
        """What the step after `decoder.beat` has to be; `ending`: the last note has begun."""
        beat = decoder.beat
        if ending:
            chord = self.ending(answered) if beat <= self.last_onset else frozenset[int]()
            return Wish(hold=True, pitch_classes=chord, within=Beats(self.length - beat))
        if beat >= self.last_onset:
            return Wish(onset=True, pitch_classes=self.ending(answered))
        starts = self.at_once and not beat and not decoder.sounding
        if starts or decoder.rest >= self.bar:
            return Wish(onset=True)
        within = Beats(min(self.last_onset, self.length) - beat)
        return Wish(within=within, busier=self._busier(decoder))

    def placed(self, wish: Wish, beat: Beats) -> Wish:
        """The same wish of what begins on this beat of the answer."""
        placed = None if self.start is None else Beats(self.start + beat)
        return replace(wish, harmony=self.harmony, beat=placed, colour=self.colour)

    def pruned(self, notes: Sequence[Note], prune: Prune) -> list[Note]:
        """What its rules leave of these notes; its last one is as it was meant."""
        kept = (self._left_of(note, prune) for note in notes)
        return [note for note in kept if note]

    def _left_of(self, note: Note, prune: Prune) -> Note | None:
        if not self.rules or note.onset >= self.last_onset:
            return note
        start = self.start or START
        there = replace(note, onset=Beats(start + note.onset))
        left = prune(there, self.harmony.at(there.onset) if self.harmony else None)
        if left is None or left == there:
            return left and note
        return replace(left, onset=Beats(max(START, left.onset - start)))

    def moved_register(self, semitones: int) -> tuple[int, int] | None:
        """The register where the model is that many semitones above what is played."""
        if self.register is None:
            return None
        lowest, highest = self.register
        return lowest + semitones, highest + semitones

    def _busier(self, decoder: Decoder) -> float:
        """Nats: the more attacks it is behind its density, the likelier the next one is."""
        if self.density is None:
            return 0.0
        behind = self.density * decoder.beat + 1 - decoder.attacks  # the first one is at once
        return min(max(_PULL * behind, -_HARDEST), _HARDEST)


class Chunk(NamedTuple):
    """What one step made complete: notes, by onset, and up to where none is missing any more."""

    settled: Beats
    notes: Sequence[Note]
    beat: Beats  # how far the steps reach; what sounds there is not complete yet
    pedal: Sequence[Pedal] = ()  # the moves of it in this step


class Snapshot(NamedTuple):
    """All that the next step depends on, save the dice."""

    state: Any
    history: object
    outputs: Outputs


class Improviser:
    """Feeds a session with steps and yields notes. Starts as one that has heard nothing.

    Its model plays in `style`, "": in none, and one that knows no styles as it would. `took` counts
    how long its steps lasted. Raises ModelError where the model is not what its card says, and
    where it knows other styles.
    """

    def __init__(self, session: Session, sampler: Sampler, style: str = "") -> None:
        self.family = family(session.card.family)
        known = configuration_of(session.card)
        self.configuration = self.family.in_style(known, style, session.card.name)
        self.styles = self.family.styles(known)  # the names of those that it knows
        self.style = style if self.styles else ""  # that it plays in
        self.took = Histogram()
        self._session = session
        self._dice = self.family.dice(sampler)
        self._voice = self.family.voice(self.configuration, sampler)
        self._fresh = self._voice.snapshot()
        self._check(session)
        self._outputs: Outputs = {}
        self._session.cast(self._dice)
        self.reset()

    def reset(self) -> None:
        """Forget everything: a zero state that has heard nothing."""
        self._session.reset()
        self._voice.restore(self._fresh)
        self._outputs = {}

    def swap(self, session: Session) -> None:
        """Go on in another session of the same model; nothing that was heard is lost."""
        session.restore(self._session.snapshot())
        session.cast(self._dice)
        self._session = session

    def feed(self, steps: Iterable[Step], dice: Dice | None = None) -> None:
        """Hear these steps, with noise of these dice where the graph draws; None: of no chance."""
        if cast := dice or self.family.hearing:
            self._session.cast(cast)
        for step in steps:
            heard, began = self._voice.hear(step), time.perf_counter()
            self._outputs = self._session.step(heard)
            self.took.add(Seconds(time.perf_counter() - began))

    def snapshot(self) -> Snapshot:
        """A copy of all that the next step depends on."""
        outputs = {name: head.copy() for name, head in self._outputs.items()}
        return Snapshot(self._session.snapshot(), self._voice.snapshot(), outputs)

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from there."""
        self._session.restore(snapshot.state)
        self._voice.restore(snapshot.history)
        self._outputs = snapshot.outputs

    def encoder(self, transposition: int, bpm: Bpm) -> Encoder:
        """A fresh encoder of this model's family, for what is played at this tempo."""
        return self.family.encoder(self.paced(bpm), transposition)

    def paced(self, bpm: Bpm) -> Any:
        """Its configuration at this tempo."""
        return self.family.paced(self.configuration, bpm)

    def transposition(self, pitches: Sequence[Pitch]) -> int:
        """The octave move, in semitones, that brings all these pitches into the model's range.

        The one that suits the first pitch stands as long as it fits; where none fits them all,
        the encoder folds what falls out.
        """
        first = self.family.transposition(self.configuration, pitches[0])
        by_distance = sorted(_OCTAVES, key=lambda move: abs(move - first))
        return next((move for move in by_distance if self._fit(pitches, move)), first)

    def octave(self, notes: Sequence[Note]) -> int:
        """The same for the pitches of these notes; 0 where there are none."""
        return self.transposition([note.pitch for note in notes]) if notes else 0

    def encode(
        self,
        notes: Sequence[Note],
        length: Beats,
        pedal: Sequence[Pedal] = (),
        harmony: Harmony | None = None,
        bpm: Bpm = USUAL,
    ) -> list[Step]:
        """The steps of a finished turn, `length` beats long: see `models.base.encode`."""
        encoder = self.encoder(self.octave(notes), bpm)
        steps = encode(encoder, notes, length, pedal, harmony)
        if encoder.left_out:
            log.info("%d notes are beyond the model's range, and not heard", encoder.left_out)
        return steps

    def answer(self, plan: Plan, transposition: int) -> Iterator[Chunk]:
        """Improvise: one chunk a step, drawn only when it is asked for.

        A note comes when its end is known. The last chunk closes what still sounds, and lifts the
        pedal.
        """
        if not self._outputs:
            self.feed([self.family.silence(self.configuration)])
        self.feed(self.family.cue(self.configuration, plan.placed(ANYTHING, START)))
        move = self._reaching(plan, transposition)
        paced = self.paced(plan.bpm)
        decoder = self.family.decoder(paced, move, plan.longest)
        slower = self.configuration.grid / paced.grid  # than the pace of the voice
        register = plan.moved_register(move)
        answered = deque[Note](maxlen=_REMEMBERED)
        ending, prune = False, self.family.pruner(plan.rules)
        while decoder.beat < plan.length:
            wish = plan.wish(decoder, answered, ending=ending)
            anew = not decoder.sounding
            within = Beats(wish.within * slower)
            wish = replace(wish, within=within, register=register, voices=plan.polyphony, anew=anew)
            wish = plan.placed(wish, decoder.beat)
            step = self._voice.choose(self._outputs, wish)
            ending, pedal = decoder.beat >= plan.last_onset, decoder.pedal
            notes = plan.pruned(decoder.step(step), prune)
            answered += notes
            self.feed([step], self._dice)  # of one frame no more than one is drawn
            moved = [Pedal(decoder.beat, decoder.pedal)] if decoder.pedal != pedal else []
            yield Chunk(decoder.settled, notes, decoder.beat, moved)
        closed = plan.pruned(decoder.close(), prune)
        last = [_ended_by(note, plan.length) for note in closed]
        up = [Pedal(plan.length, down=False)] if decoder.pedal else []
        yield Chunk(plan.length, last, plan.length, up)
        for what, count in decoder.repairs.items():
            log.info("mended in the answer: %d %s", count, what)

    def _reaching(self, plan: Plan, transposition: int) -> int:
        """The octave move of an answer: that of what was heard, if its register is reached so."""
        if plan.register and not self._fit([Pitch(sum(plan.register) // 2)], transposition):
            return self.transposition([Pitch(pitch) for pitch in plan.register])
        return transposition

    def _check(self, session: Session) -> None:
        """Raises ModelError where the graph says something else than the card."""
        silence = self.family.silence(self.configuration)
        promised = self._voice.hear(silence).size, self.configuration.classes
        if (session.inputs, session.heads.get("logits")) != promised:
            message = f"model {session.card.name!r}: its graph does not fit its card"
            raise ModelError(f"{message}; export it again")

    def _fit(self, pitches: Sequence[Pitch], move: int) -> bool:
        fits = self.family.fits
        return all(fits(self.configuration, Pitch(pitch + move)) for pitch in pitches)


def _ended_by(note: Note, end: Beats) -> Note:
    return note if note.end <= end else replace(note, duration=Beats(end - note.onset))
