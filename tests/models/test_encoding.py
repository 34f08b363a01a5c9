"""What the network is told and is to say, against what note-seq 0.0.5 made of 400 melodies.

How the golden file was made: tests/golden/README.md.
"""

from pathlib import Path

import numpy as np
import pytest

from improvd.models.melody.configuration import CONFIGURATIONS
from improvd.models.melody.encoding import fresh, hear, labels, meanings

GOLDEN = Path(__file__).parents[1] / "golden" / "melody_encodings.npz"


@pytest.fixture(scope="module", params=CONFIGURATIONS.values(), ids=lambda each: each.name)
def golden(request):
    """A configuration, and for each of 100 melodies its events, inputs, labels and meanings."""
    name = request.param.name
    with np.load(GOLDEN) as arrays:
        ends = arrays[f"{name}_ends"][:-1]
        kinds = ("events", "inputs", "labels")
        split = [np.split(arrays[f"{name}_{kind}"], ends) for kind in kinds]
        cases = list(zip(*split, arrays[f"{name}_meanings"], strict=True))
    assert len(cases) == 100
    return request.param, cases


def test_the_network_is_told_what_magenta_tells_it(golden):
    configuration, cases = golden
    for events, inputs, _, _ in cases:
        told, _ = hear(configuration, fresh(configuration), events.astype(np.int32))
        np.testing.assert_array_equal(told, inputs)


def test_it_is_to_say_what_magenta_would_have_it_say(golden):
    configuration, cases = golden
    for events, _, said, _ in cases:
        found = labels(configuration, events.astype(np.int32))
        np.testing.assert_array_equal(found[1:], said[1:])


def test_a_label_means_the_event_that_it_means_to_magenta(golden):
    configuration, cases = golden
    for events, _, _, meant in cases:
        _, past = hear(configuration, fresh(configuration), events.astype(np.int32))
        np.testing.assert_array_equal(meanings(configuration, past), meant)


def test_step_by_step_it_is_told_the_same(golden):
    configuration, cases = golden
    for events, inputs, _, _ in cases[:10]:
        past = fresh(configuration)
        for event, told in zip(events, inputs, strict=True):
            heard, past = hear(configuration, past, np.array([event], np.int32))
            np.testing.assert_array_equal(heard[0], told)


def test_sizes_are_those_of_magenta():
    sizes = {
        name: (hear(each, fresh(each), np.zeros(1, np.int32))[0].shape[1], each.classes)
        for name, each in CONFIGURATIONS.items()
    }
    assert sizes == {
        "basic": (38, 38),
        "mono": (130, 130),
        "lookback": (121, 40),
        "attention": (74, 40),
    }
