"""Any interleaving of player, clock, hands and a dying player process: the rules hold throughout.

Hypothesis tries them on a manual clock, and shows the shortest that breaks a rule.
"""

import fakes
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from improvd.core.note import NoteOff, NoteOn
from improvd.listen.modes import MODES, Happening, State
from improvd.play.messages import SetThru

PITCHES = some.sampled_from((36, 48, 55, 60, 61, 64, 72, 84))
START, CONTINUE, STOP, PULSE = (bytes((status,)) for status in (0xFA, 0xFB, 0xFC, 0xF8))


class Anything(RuleBasedStateMachine):
    """One room: its rules are what may happen, its invariants what must hold after each."""

    def __init__(self):
        super().__init__()
        self.room = fakes.room(
            session=fakes.BabblingSession(often=slice(0, 60)),
            turns={"silence": 0.3, "start": "now", "min_notes": 1, "max_hold": 1.0, "length": 1},
        )
        self.seen = 0  # of what went out
        self.down = set()
        self.keys = set()  # that the player holds: thru may double them
        self.thru = False
        self._watch(self.room.duet._turns)

    def _watch(self, turns):
        """Each step of whose turn it is must be one of the table's."""
        take = turns.happens

        def happens(happening):
            mode, interrupt, before = turns._mode, turns._interrupt, turns.state
            action = take(happening)
            assert mode in MODES.values()
            assert (turns.state, action) == mode.turn(interrupt, before, happening)
            assert isinstance(happening, Happening)
            return action

        turns.happens = happens

    # --- the player

    @rule(pitch=PITCHES, velocity=some.integers(1, 127))
    def a_key_goes_down(self, pitch, velocity):
        self.room.key(pitch, velocity)

    @rule(pitch=PITCHES)
    def a_key_comes_up(self, pitch):
        self.room.let_go(pitch)

    @rule(value=some.sampled_from((0, 63, 64, 127)))
    def the_pedal_moves(self, value):
        self.room.pedal(value)

    @rule(data=some.binary(min_size=1, max_size=6))
    def garbage_comes_in(self, data):
        self.room.send(*data)

    @rule(pitches=some.lists(PITCHES, min_size=1, max_size=4), wait=some.floats(0.3, 2.0))
    def a_phrase_is_played(self, pitches, wait):
        self.room.play([(0.25 * n, 0.2, pitch) for n, pitch in enumerate(pitches)])
        self.room.wait(wait)

    # --- the clock

    @rule(seconds=some.floats(0.001, 1.5))
    def time_passes(self, seconds):
        self.room.wait(seconds)

    @rule(bpm=some.floats(60.0, 240.0), beats=some.integers(1, 6), way=some.sampled_from("SCx"))
    def a_clock_runs_for_a_while(self, bpm, beats, way):
        began, step = self.room.now, 60.0 / bpm / 24
        opening = {"S": [(began, START)], "C": [(began, CONTINUE)], "x": []}[way]
        pulses = [(began + number * step, PULSE) for number in range(24 * beats)]
        self.room.follow([*opening, *pulses])

    @rule()
    def the_clock_stops(self):
        self.room.follow([(self.room.now, STOP)])

    # --- hands

    @rule(name=some.sampled_from(sorted(MODES)))
    def the_mode_is_changed(self, name):
        self.room.desk._change_mode(name)

    @rule(what=some.sampled_from(("start", "stop", "panic")))
    def a_hand_asks(self, what):
        self.room.desk.requests()[what]()

    @rule()
    def mute(self):
        self.room.desk._mute(None)

    @rule()
    def thru_is_switched(self):
        self.thru = True
        self.room.desk._thru(None)

    @rule(seconds=some.floats(0.1, 2.0))
    def the_player_process_dies(self, seconds):
        self.room.lose_player(seconds)

    # --- what must hold

    @invariant()
    def no_key_is_begun_twice(self):
        """Where thru was never on; a hand and an answer may share a key."""
        for _, event in self.room.out[self.seen :]:
            match event:
                case NoteOn():
                    key = event.channel, event.pitch
                    assert self.thru or key not in self.down
                    self.down.add(key)
                case NoteOff():
                    self.down.discard((event.channel, event.pitch))
        self.seen = len(self.room.out)

    @invariant()
    def an_answer_is_on_exactly_in_the_states_that_say_so(self):
        answering = self.room.duet.state not in (State.WAITING, State.LISTENING)
        assert self.room.duet.answering == answering

    def teardown(self):
        """Everybody lets go and the answer is told to stop: nothing is left on."""
        self.room.desk._change_mode("answer")
        self.room._obey(SetThru(on=False))
        for pitch in range(128):
            self.room.let_go(pitch)
        self.room.pedal(0)
        for _ in range(10):  # what was played last may still be answered
            self.room.wait(2.0)
            self.room.duet.stop()
        assert self.room.duet.state is State.WAITING
        assert not self.room.sounding
        assert not self.room.pedals


def some_of(examples, steps):
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


def test_a_few_orders():
    run_state_machine_as_test(Anything, settings=some_of(10, 20))


@pytest.mark.soak
def test_many_orders():
    run_state_machine_as_test(Anything, settings=some_of(300, 40))
