"""What the player says, counted over all players."""

from improvd.daemon.counts import Counts
from improvd.play.messages import Alive, Heard, Ready, Sent, Transport

ON, OFF = 0x90, 0x80
PORTS = Ready("jack", "improvd:hears", "improvd:plays")


def alive(**counts):
    return Alive(*dict.fromkeys(Alive._fields, 0).values())._replace(**counts)


def test_notes_begin_once_and_end_uncounted():
    counts = Counts(120.0)
    counts.take(
        Heard([(1.0, ON, 60, 80), (1.1, ON, 60, 0), (1.2, OFF, 60, 0), (1.3, 0xB0, 64, 127)])
    )
    counts.take(Sent([(4, 2.0, 2.0, ON, 60, 80), (4, 2.5, 2.5, OFF, 60, 0)]))
    counts.take(Sent([(4, 3.0, 3.004, ON, 60, 80), (5, 3.5, 3.49, ON, 60, 80)]))
    assert (counts.heard, counts.played, counts.answers) == (1, 3, 2)
    late = counts.late.now
    assert (late.number, late.within(0.5)) == (3, 1e-5)
    assert 0.0039 < late.worst < 0.0041


def test_a_new_player_counts_on_where_the_old_one_ended():
    counts = Counts(120.0)
    counts.take(PORTS)
    counts.take(alive(xruns=3, late=1))
    counts.take(alive(xruns=5, late=1))
    assert counts.of_players("xruns") == 5
    counts.player_lost()
    assert (counts.ready, counts.of_players("xruns")) == (None, 5)
    counts.take(PORTS)
    counts.take(alive(xruns=2))
    assert (counts.ready, counts.of_players("xruns"), counts.of_players("late")) == (PORTS, 7, 1)
    counts.player_lost()
    counts.player_lost()
    assert counts.of_players("xruns") == 7


def test_the_tempo_is_the_transports_and_names_the_clock_that_it_is_taken_from():
    counts = Counts(120.0)
    assert (counts.bpm, counts.clock) == (120.0, "")
    place = Transport(1.0, 0.0, 97.0, -1, "grid", "midi-clock", "running", 0.0, "")
    counts.take(place)
    assert (counts.bpm, counts.clock) == (97.0, "midi-clock")
    counts.take(place._replace(bpm=101.0, hold="", state="stopped"))
    assert (counts.bpm, counts.clock) == (101.0, "")
