"""How long a period is, what PipeWire is asked for, and what is said of both."""

import pytest

from improvd.ports.period import Period, Server

PIPEWIRE = "3.0.0.0 (using PipeWire 0.3.65)"


@pytest.mark.parametrize(
    ("period", "lead"),
    [(Period(128, 48_000), 0.010), (Period(480, 48_000), 0.030), (Period(1024, 44_100), 0.0697)],
)
def test_the_output_is_three_periods_ahead_and_never_less_than_ten_milliseconds(period, lead):
    assert period.lead == pytest.approx(lead, abs=1e-4)


def test_pipewire_is_asked_and_what_it_grants_is_said():
    environment = {}
    server = Server(PIPEWIRE).ask(256, environment)
    assert environment == {"PIPEWIRE_LATENCY": "256/48000"}
    said = f"JACK {PIPEWIRE}: a period is 1024 frames, 21.3 ms; asked for: 256/48000 s"
    assert server.grants(Period(1024, 48_000)) == said


@pytest.mark.parametrize("key", ["PIPEWIRE_LATENCY", "PIPEWIRE_QUANTUM"])
def test_who_starts_it_knows_better_what_to_ask_for(key):
    environment = {key: "64/48000"}
    assert Server(PIPEWIRE).ask(256, environment).asked == "64/48000"
    assert environment == {key: "64/48000"}


@pytest.mark.parametrize(("frames", "version"), [(0, PIPEWIRE), (256, "1.9.21")])
def test_nothing_is_asked_for_where_it_is_off_or_nobody_would_heed_it(frames, version):
    environment = {}
    server = Server(version).ask(frames, environment)
    assert not environment
    assert "asked" not in server.grants(Period(256, 48_000))


def test_jackd_has_a_name_too():
    told = Server("1.9.21").ask(256, {}).grants(Period(128, 48_000))
    assert told == "JACK 1.9.21: a period is 128 frames, 2.7 ms"
