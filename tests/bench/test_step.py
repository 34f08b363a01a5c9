"""`improvd bench step` from end to end, at a size that takes no time."""

import json

import pytest

from improvd.bench import step
from improvd.bench.step import HERE, HOT, Extent, Pace, Timing, figures, tables, timings
from improvd.cli import main

AT_ONCE = Extent(0.0, 2)


@pytest.fixture
def small(monkeypatch):
    """A network that is small, no pauses, no other models."""
    monkeypatch.setattr(step, "SIZES", {"2x8": (8, 8)})
    monkeypatch.setattr(step, "PACES", (HOT, Pace("batch 3, hot", 3, 0.0)))
    monkeypatch.setattr(step, "model_files", dict)
    monkeypatch.setattr(step, "has_driver", lambda: False)


def test_every_way_is_measured_on_the_cpu_and_the_gpu_is_told_to_be_missing(small):
    measured = list(timings(AT_ONCE))
    assert len(measured) == 1 + 2 * len(step.WAYS)
    for each in measured:
        assert each.absent == ("no GPU here" if "CUDA" in each.way else "")
        assert (each.median > 0) == (not each.absent)


def test_a_device_that_fails_is_told_in_its_cell(small, monkeypatch):
    monkeypatch.setattr(step, "has_driver", lambda: True)
    told = {each.way: each.absent for each in timings(AT_ONCE)}
    assert "NVIDIA" in told["CUDA graph"] or not told["CUDA graph"]


def test_a_table_for_each_pace_with_a_column_for_each_size():
    measured = [
        Timing("hot", "CPU", "2x8", 12.34, 56.7),
        Timing("hot", "CPU", "2x16", 123.4, 5678.0),
        Timing("hot", "CUDA", "2x16", absent="no GPU here"),
        Timing("paced", "CPU", "2x8", 1.0, 2.0),
    ]
    assert tables(measured).splitlines() == [
        "| hot | 2x8 | 2x16 |",
        "| --- | --- | --- |",
        "| CPU | 12.3 / 56.7 | 123 / 5678 |",
        "| CUDA |  | no GPU here |",
        "",
        "| paced | 2x8 |",
        "| --- | --- |",
        "| CPU | 1.0 / 2.0 |",
    ]


def test_the_bars_are_about_hot_steps_of_small_models_on_the_cpu():
    numpy = Timing(HOT.title, "numpy", "2x128", 49.0, 70.0)
    measured = [
        numpy,
        Timing(HOT.title, "CPU, fp32", "2x128", 27.0, 50.0),
        Timing(HOT.title, "CPU, int8", "2x128", 500.0, 500.0),
        Timing(HOT.title, "CPU, fp32", "2x512", 500.0, 500.0),
        Timing(HERE, "CPU, fp32", "melody-attention", 100.0, 200.0),
        Timing(HERE, "CPU, fp32", "melody-mono", 29.0, 200.0),
        Timing(HERE, "CPU, fp32", "rnnrbm-live", 240.0, 300.0),
    ]
    assert [(figure.name, figure.holds) for figure in figures(measured)] == [
        ("a step of 2x128, CPU, hot", True),
        ("a step of melody-attention, CPU, hot", True),
        ("a step of melody-mono, CPU, hot", False),
        ("a step of rnnrbm-live, CPU, hot", True),
    ]
    slower = [each._replace(median=2 * each.median) for each in measured]
    assert not any(figure.holds for figure in figures(slower)), "bars are microseconds"
    told, slow = (next(figures(each)).values for each in (measured, slower))
    assert told["of numpy"] == slow["of numpy"] == 27.0 / 49.0
    assert "of numpy" not in next(figures(measured[1:])).values


def test_as_json_it_says_nothing_else(small, monkeypatch, capsys):
    monkeypatch.setattr(step, "SHORT", AT_ONCE)
    monkeypatch.setattr(step, "SMALL", "2x8")
    assert main.run(["bench", "step", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows] == ["a step of 2x8, CPU, hot"]
    assert rows[0]["values"]["median"] > 0


def test_step_is_measured_alone(capsys):
    assert main.run(["bench", "step", "reply"]) == 2
    assert "no figure 'step'" in capsys.readouterr().err
