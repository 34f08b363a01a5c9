"""`improvd status`: what a daemon tells, laid out for people and for programs."""

import json

import pytest

from improvd.cli import _request, main

QUIET = {"number": 0, "mean": 0.0, "half": 0.0, "p99": 0.0, "worst": 0.0, "buckets": []}
SPREAD = {
    "number": 812,
    "mean": 1e-4,
    "half": 1e-4,
    "p99": 2e-4,
    "worst": 0.00034567,
    "buckets": [],
}
TOLD = {
    "name": "left",
    "version": "0.1.0",
    "uptime_seconds": 2 * 86_400 + 3 * 3_600 + 59.9,
    "turn": "listening",
    "mode": "trade",
    "model": ["melody-attention", "events-live"],
    "style": ["", ""],
    "device": ["cpu", "cuda graph"],
    "tempo_bpm": 112.345,
    "tempo_source": "playing",
    "chord": "",
    "chord_source": "none",
    "backend": "jack",
    "hears": "left:hears",
    "plays": "left:plays",
    "connections": [["keys:out", "left:hears"], ["left:plays", "synth:in"]],
    "notes_heard": 640,
    "notes_played": 812,
    "notes_dropped": 1,
    "answers": 41,
    "lateness_seconds": SPREAD,
    "step_seconds": [SPREAD, QUIET],
    "xruns": 2,
    "lost_reports": 0,
    "echoes": 3,
    "player_restarts": 1,
}


@pytest.fixture
def daemon(monkeypatch):
    """One that tells this, changed by what is given."""

    def tells(**changes):
        monkeypatch.setattr(_request, "ask", lambda *_: json.dumps(TOLD | changes))

    return tells


def test_a_dozen_lines_for_people(daemon, capsys):
    daemon()
    assert main.run(["status"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "improvd   0.1.0, left, up 2 d 3 h",
        "turn      listening, in mode trade",
        "model     melody-attention on cpu",
        "          events-live on cuda graph",
        "tempo     112.3 bpm, from playing",
        "ports     jack: hears at left:hears, plays at left:plays",
        "connected keys:out -> left:hears",
        "          left:plays -> synth:in",
        "notes     640 heard, 812 played in 41 answers",
        "lateness  half within 0.1 ms, 99 % within 0.2 ms, the worst 0.346 ms",
        "steps     half within 0.1 ms, 99 % within 0.2 ms, the worst 0.346 ms",
        "          none yet",
        "trouble   1 notes too late, 2 xruns, 0 reports lost, 3 echoes, 1 new players",
    ]


def test_all_of_it_for_programs(daemon, capsys):
    daemon()
    assert main.run(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == TOLD


def test_a_daemon_without_ports_says_so(daemon, capsys):
    daemon(backend="", hears="", plays="", connections=[], uptime_seconds=7.9)
    assert main.run(["status"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "improvd   0.1.0, left, up 7 s"
    assert "ports     none is open: see the log" in lines
    assert "connected nothing" in lines


@pytest.mark.parametrize(
    ("source", "chord", "line"),
    [
        ("chart", "Dm7", "chord     Dm7, from the chart"),
        ("left_hand", "", "chord     none yet, from the left hand"),
    ],
)
def test_what_is_played_over_is_told_where_it_is_known_from_somewhere(
    daemon, capsys, source, chord, line
):
    daemon(chord=chord, chord_source=source)
    assert main.run(["status"]) == 0
    assert line in capsys.readouterr().out.splitlines()


def test_no_daemon_is_a_line_and_an_exit_code(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert main.run(["status", "--name", "left"]) == 1
    assert "no improvd named 'left' is running" in capsys.readouterr().err


def test_a_style_is_told_of_the_model_that_plays_in_one(daemon, capsys):
    daemon(model=["band", "melody-basic"], style=["pop", ""])
    assert main.run(["status"]) == 0
    _, _, first, second, *_ = capsys.readouterr().out.splitlines()
    assert first == "model     band in style pop on cpu"
    assert second == "          melody-basic on cuda graph"
