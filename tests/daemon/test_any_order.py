"""Any interleaving of player, clocks, hands and a dying player process: the rules hold throughout.

Hypothesis tries them on a manual clock, in each mode, and shows the shortest that breaks a rule:
every note-on has its note-off, no key is begun twice, and turns change only as the table says.
"""

import fakes
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as some
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from improvd.core.note import NoteOff, NoteOn
from improvd.core.tempo import Tempo
from improvd.daemon.turns import Turns
from improvd.listen.modes import MODES, State
from improvd.play.clock import Clock
from improvd.play.clock import State as ClockState
from improvd.play.messages import SetThru
from improvd.play.orders import Deserted, Follow, LetGo

PITCHES = some.sampled_from((36, 48, 55, 60, 61, 64, 72, 84))
BPM = some.floats(60.0, 240.0)
START, CONTINUE, STOP, PULSE = (bytes((status,)) for status in (0xFA, 0xFB, 0xFC, 0xF8))
CONTROLS = (
    *("temperature", "density", "length", "mode", "hand", "start", "stop", "tap", "mute", "thru"),
    "panic",
)
CHORDS = (
    {"source": "none"},
    {"source": "chart", "chart": "| Dm7 G7 | Cmaj7 |"},
    {"source": "left_hand", "split": 60},
)
NUMBERS = {target: 20 + number for number, target in enumerate(CONTROLS)}
NOBODYS = (State.WAITING, State.LISTENING)  # the turns in which no answer is on


class Watched(Turns):
    """Turns that may change only as the table says, or to nobody's as another mode sets in."""

    _may = frozenset(State)

    @property
    def state(self):
        return self._state

    @state.setter
    def state(self, state):
        assert state in self._may, f"from {self._state} to {state}"
        self._state = state

    def happens(self, happening):
        mode, interrupt, before = self._mode, self._interrupt, self.state
        assert mode in MODES.values()
        due = mode.turn(interrupt, before, happening)
        self._may = {due.state}
        action = super().happens(happening)
        self._may = frozenset()
        assert (self.state, action) == due
        return action

    def settle(self):
        assert self.state in NOBODYS
        self._may = NOBODYS
        changed = super().settle()
        self._may = frozenset()
        assert self._mode is MODES[self.name]
        return changed


class Anything(RuleBasedStateMachine):
    """One room: its rules are what may happen, its invariants what must hold after each."""

    mode = "answer"

    @initialize(
        interrupt=some.sampled_from(("stop", "finish", "ignore")),
        start=some.sampled_from(("now", "beat", "bar")),
        channel=some.sampled_from((1, 2)),
        split=some.sampled_from(("off", 60)),
        chordal=some.booleans(),
        chords=some.sampled_from(CHORDS),
    )
    def somebody_comes_in(self, *, interrupt, start, channel, split, chordal, chords):
        turns = {"silence": 0.3, "min_notes": 1, "max_hold": 1.0, "length": 1, "trade": 1}
        self.room = fakes.room(
            session=fakes.ChordalSession()
            if chordal
            else fakes.BabblingSession(often=slice(0, 60)),
            turns=turns | {"mode": self.mode, "interrupt": interrupt, "start": start},
            midi={"output_channel": channel, "split": split},
            chords=chords,
            controls={target: f"cc {number}" for target, number in NUMBERS.items()},
        )
        self.channel = channel  # of the answers
        self.seen = 0  # of what went out
        self.down = set()
        self.thru = False  # was it ever on?
        turns = self.room.duet._turns
        turns._state = turns.__dict__.pop("state")
        turns.__class__ = Watched
        turns._may = frozenset()

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
        """But none that thru would pass on among the answers."""
        self.room.send(*(byte & 0xFE if byte & 0x8F == 0x81 else byte for byte in data))

    @rule()
    def the_keyboard_is_unplugged(self):
        self.room._stage.tell(LetGo())

    @rule()
    def the_synth_is_unplugged(self):
        self.room._stage.tell(Deserted())

    @rule(pitches=some.lists(PITCHES, min_size=1, max_size=4), wait=some.floats(0.3, 2.0))
    def a_phrase_is_played(self, pitches, wait):
        self.room.play([(0.25 * n, 0.2, pitch) for n, pitch in enumerate(pitches)])
        self.room.wait(wait)

    @rule(wait=some.floats(0.05, 1.5), how=some.sampled_from(("key", "stop", "panic", "unplug")))
    def an_answer_is_cut_short(self, wait, how):
        self.a_phrase_is_played([60, 64, 67], 0.3)
        self.room.duet.start()
        self.room.wait(wait)
        match how:
            case "key":
                self.room.key(72)
            case "unplug":
                self.the_synth_is_unplugged()
            case _:
                self.a_hand_asks(how)
                self.a_hand_asks(how)
        self.room.wait(0.01)

    # --- the clocks

    @rule(seconds=some.floats(0.001, 1.5))
    def time_passes(self, seconds):
        self.room.wait(seconds)

    @rule(bpm=BPM, beats=some.integers(1, 6), way=some.sampled_from("SCx"))
    def a_clock_runs_for_a_while(self, bpm, beats, way):
        began, step = self.room.now, 60.0 / bpm / 24
        opening = {"S": [(began, START)], "C": [(began, CONTINUE)], "x": []}[way]
        pulses = [(began + number * step, PULSE) for number in range(24 * beats)]
        self.room.follow([*opening, *pulses])

    @rule()
    def the_clock_stops(self):
        self.room.follow([(self.room.now, STOP)])

    @rule(state=some.sampled_from(ClockState), bpm=BPM, beat=some.floats(-8.0, 64.0))
    def another_clock_is_looked_at(self, state, bpm, beat):
        self.room._stage.tell(Follow(Clock("link", state, Tempo(bpm, self.room.now, beat))))

    # --- hands

    @rule(name=some.sampled_from(sorted(MODES)))
    def the_mode_is_changed(self, name):
        self.room.desk._change_mode(name)

    @rule(what=some.sampled_from(("start", "stop", "panic")))
    def a_hand_asks(self, what):
        self.room.desk.requests()[what]()

    @rule(number=some.sampled_from([*NUMBERS.values()]), value=some.sampled_from((0, 64, 127)))
    def a_control_is_moved(self, number, value):
        self.room.control(number, value)

    @rule(seconds=some.floats(0.1, 2.0))
    def the_player_process_dies(self, seconds):
        self.room.lose_player(seconds)
        self.room.wait(0.002)  # what it left on is ended

    # --- what must hold

    @invariant()
    def no_key_is_begun_twice(self):
        """Where thru shares their channel, a hand and an answer may share a key."""
        self.thru |= self.room.desk.settings.now.midi.thru
        for _, event in self.room.out[self.seen :]:
            match event:
                case NoteOn(_, self.channel, pitch):
                    assert self.shared or pitch not in self.down
                    self.down.add(pitch)
                case NoteOff(_, self.channel, pitch):
                    self.down.discard(pitch)
        self.seen = len(self.room.out)

    @invariant()
    def nothing_of_an_answer_sounds_when_none_is_on(self):
        if not self.room.duet.answering and not self.shared:
            assert not self.down
            assert self.channel not in self.room.pedals

    @invariant()
    def an_answer_is_on_exactly_in_the_states_that_say_so(self):
        assert self.room.duet.answering == (self.room.duet.state not in NOBODYS)

    @property
    def shared(self):
        """Does what is passed on come on the answers' channel?"""
        return self.thru and self.channel == 1

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


def in_mode(name):
    return type(f"Anything in {name}", (Anything,), {"mode": name})


@pytest.mark.parametrize("mode", MODES)
def test_a_few_orders(mode):
    run_state_machine_as_test(in_mode(mode), settings=some_of(3, 16))


@pytest.mark.soak
@pytest.mark.parametrize("mode", MODES)
def test_many_orders(mode):
    run_state_machine_as_test(in_mode(mode), settings=some_of(100, 40))
