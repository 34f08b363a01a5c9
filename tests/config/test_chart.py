"""Charts as they are written, and what is told of those that are none."""

import re

import pytest

from improvd.config.chart import BARS, Chart, ChartError
from improvd.core.chord import parse
from improvd.core.units import Beats

FOUR = Beats(4.0)
AUTUMN = """# Autumn Leaves, the first half
| Am7  | D7    | Gmaj7 | Cmaj7 |
| F#ø  | B7b9  | Em    | %     ||
"""


def chords(text: str) -> list[str]:
    return [
        " ".join(chord.symbol if chord else "-" for chord in bar) for bar in Chart.parse(text).bars
    ]


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(ChartError) as caught:
        Chart.parse(text)
    return caught.value.faults


def test_a_tune_is_read_bar_by_bar():
    assert chords(AUTUMN) == ["Am7", "D7", "Gmaj7", "Cmaj7", "F#m7b5", "B7", "Em", "Em"]


@pytest.mark.parametrize(
    "text",
    ["| Dm7 | G7 |", "Dm7 | G7", "| Dm7 || G7 ||", "Dm7\nG7", "|Dm7|G7|", "\n| Dm7 |\r\n G7|\n"],
)
def test_lines_stand_between_bars_and_the_end_of_a_line_is_one(text: str):
    assert chords(text) == ["Dm7", "G7"]


def test_several_chords_share_their_bar():
    harmony = Chart.parse("| Dm7 G7 | Cmaj7 | % | N.C. |").harmony(FOUR)
    assert harmony.length == 16.0
    assert [(beat, chord.symbol if chord else None) for beat, chord in harmony.changes] == [
        (0.0, "Dm7"), (2.0, "G7"), (4.0, "Cmaj7"), (12.0, None),
    ]  # fmt: skip
    assert harmony.at(Beats(17.0)) == parse("Dm7").chord


def test_a_bar_is_as_long_as_the_meter_says():
    waltz = Chart.parse("| C | F G7 Am |").harmony(Beats(3.0))
    assert [beat for beat, _ in waltz.changes] == [0.0, 3.0, 4.0, 5.0]
    assert waltz.length == 6.0


def test_a_chord_that_goes_on_is_no_change():
    assert len(Chart.parse("| C | % | C | F C |").harmony(FOUR).changes) == 3


def test_what_a_symbol_says_beyond_the_qualities_is_remembered():
    chart = Chart.parse("| C9 | Dm7 | C9 | Gm7/F |")
    assert [(symbol, chord.symbol) for symbol, chord in chart.reduced] == [
        ("C9", "C7"),
        ("Gm7/F", "Gm7"),
    ]


def test_a_chart_is_written_as_one_that_is_read_as_the_same():
    chart = Chart.parse(AUTUMN)
    assert Chart.parse(str(chart)).bars == chart.bars
    assert str(Chart.parse("| Dm7 G7 | N.C. | % |")) == "| Dm7 G7 | N.C. | N.C. |"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("| C |\n| F Hm7 |", "line 2, column 5: NO CHORD: a chord begins with A..G; MEANT 'Bm7'?"),
        ("| dm7 |", "line 1, column 3: NO CHORD: a chord begins with A..G; MEANT 'Dm7'?"),
        ("| C77 |", "line 1, column 5: NO CHORD: '7' is no part of a chord symbol; MEANT 'C7'?"),
        ("| C7(b9 |", "line 1, column 5: NO CHORD: one bracket lacks the other"),
        ("| % | C |", "line 1, column 3: % repeats the bar before, and there is none; expected"),
        ("| C | F % |", "line 1, column 9: % stands alone in its bar; expected a chord"),
        ("| C | | F |", "line 1, column 6: a bar is empty; expected a chord, % or N.C."),
        ("", "line 1, column 1: there is no bar; expected one such as | Dm7 | G7 |"),
        ("# only a title", "line 1, column 1: there is no bar; expected one such as | Dm7 | G7 |"),
        ("| C" + " C" * 16, "line 1, column 3: a bar has at most 16 chords"),
        ("C" + "b9" * 20, "line 1, column 25: a chord has at most 24 letters"),
    ],
)  # fmt: skip
def test_a_fault_has_its_line_its_column_and_what_was_expected(text: str, told: str):
    (fault,) = faults(text)
    fault = re.sub(r'"[^"]*" is no chord', "NO CHORD", fault).replace("did you mean", "MEANT")
    assert fault.startswith(told)


def test_all_faults_are_told_at_once():
    assert [fault.partition(":")[0] for fault in faults("| X | C |\n|| Y | F Z |")] == [
        "line 1, column 3",
        "line 2, column 4",
        "line 2, column 10",
    ]


def test_of_thousands_of_faults_a_hundred_are_told():
    told = faults("| X " * 900)
    assert len(told) == 101
    assert told[-1] == "800 more faults; correct these first"


def test_a_chart_has_an_end():
    assert len(Chart.parse("C|" * BARS).bars) == BARS
    assert faults("C|" * (BARS + 2)) == ("line 1, column 2001: a chart has at most 1000 bars",)


def test_what_a_terminal_would_obey_is_not_said_again():
    (fault,) = faults("| \x1b[2J |")
    assert fault.isprintable()
