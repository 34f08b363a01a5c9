"""`improvd bench restless`: the share of loops, with heat and without."""

import numpy as np

from improvd.bench.restless import LEFT, RESTLESS, Extent, figures, looping
from improvd.cli import main


def test_a_step_is_in_a_loop_when_what_led_to_it_was_just_heard():
    scale, bar = list(range(100)), [62, 0, 64, 0, 66, 0, 67, 0]
    assert not any(looping(scale))
    assert all(looping(bar * 20))
    assert looping([*scale, *bar * 20]) == [False] * (100 + 23 - 31) + [True] * (160 - 23)


def test_a_model_that_loops_does_so_less_when_it_is_restless():
    found = list(figures(Extent(seeds=2, steps=192)))
    means = np.reshape([figure.values["mean"] for figure in found], (len(LEFT), len(RESTLESS)))
    without, *heated = means[0]  # temperature 0
    assert without > 0.8
    assert max(heated) < 0.6
    longest = [figure.values["longest"] for figure in found[: len(RESTLESS)]]
    assert longest == sorted(longest, reverse=True)  # the more restless, the sooner it is over


def test_restless_is_measured_alone(capsys):
    assert main.run(["bench", "restless", "grid"]) == 2
    assert "no figure 'restless'" in capsys.readouterr().err
