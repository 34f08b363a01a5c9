"""The rules of the family as the configuration names them, and as a live answer asks for them."""

from improvd.config.schema import KEYS, Config
from improvd.config.values import choices
from improvd.core.note import Note
from improvd.core.units import Beats, Pitch, Velocity
from improvd.models.base import family
from improvd.models.jazz.rules import RULES


def test_the_configuration_names_the_rules_that_there_are():
    assert choices(KEYS["jazz"]["rules"]) == list(RULES)
    assert set(Config().jazz.rules) < set(RULES)


def test_a_pruner_remembers_what_it_let_through():
    prune = family("jazz").pruner(["repeats", "leaps"])
    said = [
        Note(Beats(at), Beats(0.5), Pitch(p), Velocity(80)) for at, p in enumerate((60, 60, 80))
    ]
    left = [prune(note, None) for note in said]
    assert [note and note.pitch for note in left] == [60, None, 68]


def test_other_families_leave_their_notes_alone():
    note = Note(Beats(0.0), Beats(0.5), Pitch(60), Velocity(80))
    prune = family("melody").pruner(["repeats"])
    assert [prune(note, None), prune(note, None)] == [note, note]
