"""What every family promises, whichever folder it lives in."""

from importlib import import_module
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from tiny import a_card
from vocabularies import tokens_of

from improvd.core.chord import Chord
from improvd.core.harmony import Harmony
from improvd.core.note import Note
from improvd.core.pedal import Press, moves
from improvd.core.units import Beats, Pitch, Velocity
from improvd.models.base import ANYTHING, ENDLESS, Wish, decode, decode_pedal, families, family
from improvd.models.base import encode as base_encode
from improvd.models.sampling import Sampler
from improvd.train.data.dataset import keys_of
from improvd.train.data.melodies import encode
from improvd.train.onnx.export import STEPS, export

MOST = 1 << 16  # different steps that can be tried one by one
DENSE = "crnngan"  # its steps are numbers, of which it tells a density
EVERY = [(name, each) for name in families() for each in family(name).configurations]


@pytest.fixture(scope="module", params=EVERY, ids="-".join)
def member(request):
    """A family and one of its configurations."""
    name, configuration = request.param
    return family(name), family(name).configuration(configuration, tokens_of(name, configuration))


@pytest.fixture(scope="module")
def network(member):
    kind, configuration = member
    net = import_module(f"improvd.models.{kind.name}.net")
    return net.sequence_net(configuration)


def melody(seed, grid=0.25):
    """A melody with steps and leaps, short and long notes, and a rest now and then."""
    random = np.random.default_rng(seed)
    notes, now = [], 0.0
    for _ in range(40):
        duration = grid * random.choice([1, 2, 2, 4, 6])
        pitch = Pitch(int(60 + random.integers(-7, 15)))
        notes.append(Note(Beats(now), Beats(duration), pitch, Velocity(80)))
        now += duration + grid * random.choice([0, 0, 0, 0, 2])
    return notes


def decoded(kind, configuration, steps, move=0):
    return decode(kind.decoder(configuration, move, ENDLESS), steps)


def events(notes):
    """The calls that playing `notes` makes, in the order of time."""
    offs = [(note.end, "note_off", (note.pitch,)) for note in notes]
    ons = [(note.onset, "note_on", (note.pitch, note.velocity)) for note in notes]
    return sorted(offs + ons, key=lambda event: (event[0], event[1] == "note_on"))


@pytest.mark.parametrize("seed", range(5))
def test_what_is_on_the_grid_comes_back_as_it_was(member, seed):
    kind, configuration = member
    notes = melody(seed, configuration.grid)
    if not getattr(configuration, "strikes", True):
        again = [after for each, after in pairwise(notes) if each.pitch == after.pitch]
        notes = [each for each in notes if each not in again]
    steps = encode(kind.encoder(configuration, 0), notes)
    back = [(note.onset, note.duration, note.pitch) for note in decoded(kind, configuration, steps)]
    assert back == [(note.onset, note.duration, note.pitch) for note in notes]


@pytest.mark.parametrize("seed", range(5))
def test_heard_as_it_happens_or_all_at_once_is_the_same(member, seed):
    kind, configuration = member
    random = np.random.default_rng(seed)
    played = [
        Note(Beats(n.onset + abs(random.normal(0, 0.04))), n.duration, n.pitch, n.velocity)
        for n in melody(seed)
    ]
    end = Beats(max(note.end for note in played))
    at_once, as_it_happens = (kind.encoder(configuration, 0) for _ in range(2))
    batch, live, now = [], [], 0.0
    for beat, call, arguments in events(played):
        batch += getattr(at_once, call)(beat, *arguments)
        for passing in np.arange(now, beat, 0.01):
            live += as_it_happens.advance(Beats(passing))
        live += getattr(as_it_happens, call)(beat, *arguments)
        now = beat
    assert [*live, *as_it_happens.close(end)] == [*batch, *at_once.close(end)]


def pedalled(notes, grid):
    """A press of two grid steps every five, once with another just after it."""
    starts = [5 * grid * at for at in range(int(notes[-1].end / (5 * grid)))]
    held = [Press(Beats(start), Beats(start + 2 * grid)) for start in starts]
    return [*held[:3], Press(held[2].end, Beats(held[2].end + grid)), *held[3:]]


@pytest.mark.parametrize("seed", range(5))
def test_who_knows_the_pedal_gives_it_back_and_who_does_not_leaves_it_out(member, seed):
    kind, configuration = member
    notes = melody(seed, configuration.grid)
    held = pedalled(notes, configuration.grid)
    steps = encode(kind.encoder(configuration, 0), notes, held)
    pedal = decode_pedal(kind.decoder(configuration, 0, ENDLESS), steps)
    if configuration.pedal:
        alone = encode(kind.encoder(configuration, 0), notes)
        assert decoded(kind, configuration, steps) == decoded(kind, configuration, alone)
        assert pedal == moves(held)
    else:
        assert steps == encode(WithoutPedal(kind.encoder(configuration, 0)), notes, held)
        assert pedal == []


class WithoutPedal:
    """An encoder that is never told of the pedal itself."""

    def __init__(self, encoder):
        self._encoder = encoder

    def pedal(self, *_, **__):
        return []

    def __getattr__(self, name):
        return getattr(self._encoder, name)


def test_the_pedal_is_up_when_a_phrase_is_over(member):
    kind, configuration = member
    encoder = kind.encoder(configuration, 0)
    steps = [*encoder.note_on(Beats(0.0), Pitch(60), Velocity(72))]
    steps += encoder.pedal(Beats(0.25), down=True)
    steps += encoder.close(Beats(1.0))
    decoder = kind.decoder(configuration, 0, ENDLESS)
    for step in steps:
        decoder.step(step)
    assert not decoder.pedal


def test_what_a_configuration_extends_are_its_first_steps(member):
    kind, configuration = member
    if not configuration.extends:
        return
    less = kind.configuration(configuration.extends)
    assert less.events < configuration.events
    for seed in range(5):
        steps = [encode(kind.encoder(each, 0), melody(seed)) for each in (less, configuration)]
        assert steps[0] == steps[1]


@pytest.mark.parametrize("move", [-36, 0, 48])
def test_any_steps_decode_without_a_note_stuck_or_twice_at_once(member, move):
    kind, configuration = member
    random = Random(3)
    numbers = (random.randrange(configuration.events) for _ in range(1000))
    steps = [kind.step(configuration, number) for number in numbers]
    notes = decoded(kind, configuration, steps, move)
    assert notes
    assert all(0 <= note.pitch <= 127 and note.duration > 0 for note in notes)
    by_pitch = sorted(notes, key=lambda note: (note.pitch, note.onset))
    for one, other in pairwise(by_pitch):
        assert one.pitch != other.pitch or one.end <= other.onset


@pytest.mark.parametrize(
    "wish",
    [
        Wish(onset=True),
        Wish(hold=True),
        Wish(pitch_classes=frozenset({0, 4, 7})),
        Wish(onset=True, pitch_classes=frozenset({1})),
        Wish(onset=True, pitch_classes=frozenset()),
    ],
    ids=str,
)
def test_every_wish_is_obeyed_whatever_the_model_likes(member, wish):
    kind, configuration = member
    voice = kind.voice(configuration, Sampler(seed=1))
    random = np.random.default_rng(2)
    for _ in range(200):
        logits = random.normal(0, 8, (1, configuration.classes)).astype(np.float32)
        step = voice.choose({"logits": logits}, wish)
        begun = decoded(kind, configuration, [step])
        assert begun or not wish.onset
        assert not (begun and wish.hold)
        if wish.pitch_classes:
            assert {note.pitch % 12 for note in begun} <= wish.pitch_classes


def test_the_likelihoods_of_all_steps_add_up_to_one_whatever_the_sampler_prefers(member):
    kind, configuration = member
    voice = kind.voice(configuration, Sampler(temperature=0, top_k=1))
    random = np.random.default_rng(6)
    outputs = {"logits": random.normal(0, 8, (1, configuration.classes)).astype(np.float32)}
    if kind.name == DENSE:
        return
    if configuration.events > MOST:  # a step is many choices, each for itself
        nothing = voice.score(outputs, 0)
        odds = [voice.score(outputs, 1 << bit) - nothing for bit in range(configuration.classes)]
        assert nothing + np.logaddexp(0, odds).sum() == pytest.approx(0.0, abs=1e-6)
        return
    scores = [voice.score(outputs, step) for step in range(configuration.events)]
    assert np.exp(scores).sum() == pytest.approx(1.0)
    assert max(scores) == voice.score(outputs, voice.choose(outputs, ANYTHING))


def test_a_density_is_highest_at_the_step_that_is_said_and_falls_as_a_gaussian(member):
    kind, configuration = member
    if kind.name != DENSE:
        return
    voice = kind.voice(configuration, Sampler(temperature=5.0))
    random = np.random.default_rng(6)
    steps = [
        kind.step(configuration, int(random.integers(configuration.events))) for _ in range(300)
    ]
    heard = (kind.voice(configuration, Sampler()).hear(step) for step in steps)
    said, *others = (each[: configuration.classes] for each in heard)  # what it says comes first
    scores = [voice.score({"logits": said[None]}, step) for step in steps]
    assert scores[0] == max(scores) == 0.0
    distances = [float(((other - said) ** 2).sum()) for other in others]
    np.testing.assert_allclose(scores[1:], np.array(distances) / -2, rtol=1e-4)


def test_a_voice_goes_on_from_its_snapshot(member):
    kind, configuration = member
    voice, other = (kind.voice(configuration, Sampler(temperature=0)) for _ in range(2))
    for step in encode(kind.encoder(configuration, 0), melody(1)):
        voice.hear(step)
    other.restore(voice.snapshot())
    assert other.snapshot() == voice.snapshot()
    outputs = {"logits": np.arange(configuration.classes, dtype=np.float32)[None]}
    assert other.choose(outputs, ANYTHING) == voice.choose(outputs, ANYTHING)


def test_silence_is_a_step_in_which_nothing_sounds(member):
    kind, configuration = member
    assert decoded(kind, configuration, [kind.silence(configuration)] * 8) == []


def test_any_first_pitch_is_moved_by_octaves_into_the_range(member):
    kind, configuration = member
    for pitch in range(128):
        move = kind.transposition(configuration, Pitch(pitch))
        assert move % 12 == 0
        assert kind.fits(configuration, Pitch(pitch + move))


def test_step_by_step_the_network_says_what_it_says_of_the_sequence(member, network):
    kind, configuration = member
    voice = kind.voice(configuration, Sampler())
    steps = encode(kind.encoder(configuration, 0), melody(4))[:64]
    features = np.stack([voice.hear(step) for step in steps])[None]
    states = [np.zeros((1, *state.shape[1:]), np.float32) for state in network.inputs[1:]]
    whole = np.array(network([features, *states])[0])[0]
    single = []
    for at in range(len(steps)):
        logits, *states = map(np.array, network([features[:, at : at + 1], *states]))
        single.append(logits[0, 0])
    np.testing.assert_allclose(single, whole, atol=1e-5)


def test_the_network_trains_on_what_the_voice_hears(member):
    kind, configuration = member
    voice = kind.voice(configuration, Sampler())
    steps = encode(kind.encoder(configuration, 0), melody(5))
    heard = np.stack([voice.hear(step) for step in steps])
    keys = keys_of(kind.name)
    lesson = keys.lesson(configuration, keys.kept(configuration, steps))
    np.testing.assert_array_equal(lesson.inputs, heard[: len(lesson.inputs)])
    assert len(lesson.labels) == len(lesson.begins) == len(lesson.inputs) >= len(steps) - 1


def test_the_exported_file_says_what_keras_says(member, network, tmp_path):
    kind, configuration = member
    assert STEPS == 500
    tokens = tokens_of(kind.name, configuration.name)
    card = a_card(family=kind.name, configuration=configuration.name, tokens=tokens)
    assert export(network, card, tmp_path / "new.onnx") < 1e-4
    assert [path.name for path in tmp_path.iterdir()] == ["new.onnx"]


def test_chords_are_told_to_every_encoder_and_change_no_note(member):
    kind, configuration = member
    notes = melody(7, configuration.grid)
    changes = [(Beats(0.0), Chord(2, "m7")), (Beats(2.0), Chord(7, "7")), (Beats(4.0), None)]
    length = Beats(max(note.end for note in notes))
    over = base_encode(kind.encoder(configuration, 0), notes, length, (), Harmony(changes))
    alone = base_encode(kind.encoder(configuration, 0), notes, length)
    assert decoded(kind, configuration, over) == decoded(kind, configuration, alone)


def test_what_a_model_hears_before_it_answers_takes_no_time(member):
    kind, configuration = member
    harmony = Harmony([(Beats(0.0), Chord(7, "7"))])
    steps = kind.cue(configuration, Wish(harmony=harmony, beat=Beats(5.0)))
    assert decoded(kind, configuration, steps) == []
    assert sum(kind.lasts(configuration, step) for step in steps) == 0.0
    assert not kind.cue(configuration, ANYTHING)
