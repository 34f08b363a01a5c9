"""The figures over HTTP, as Prometheus reads them."""

import socket
import sys
from types import SimpleNamespace
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from improvd.core.histogram import BOUNDS, Histogram
from improvd.daemon import metrics
from improvd.daemon.figures import FIGURES, Kind

PLAIN = {Kind.TEXT: "jack", Kind.GAUGE: 97.5, Kind.COUNTER: 7, Kind.PAIRS: [("a", "b"), ("c", "d")]}


@pytest.fixture
def port():
    """One that is free."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def server(port):
    server = metrics.serve(port)
    assert server
    yield SimpleNamespace(publish=server.publish, port=port)
    server.close()


def figures():
    took = Histogram()
    for seconds in (0.0001, 0.0003, 5.0):
        took.add(seconds)
    values = PLAIN | {Kind.HISTOGRAM: took.now}
    return {
        figure.name: [values[figure.kind]] * 2 if figure.each else values[figure.kind]
        for figure in FIGURES
    }


def read(port):
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
        return {each.name: each for each in text_string_to_metric_families(page.read().decode())}


def test_every_figure_is_there_with_its_help(server):
    server.publish(figures())
    found = read(server.port)
    assert {name: each.documentation for name, each in found.items()} == {
        f"improvd_{figure.name}": figure.help for figure in FIGURES
    }
    assert all(family.samples for family in found.values())


def test_each_kind_is_told_as_prometheus_knows_it(server):
    server.publish(figures())
    found = {
        (sample.name, *sample.labels.values()): sample.value
        for family in read(server.port).values()
        for sample in family.samples
    }
    assert found["improvd_turn", "jack"] == 1
    assert found["improvd_model", "jack", "2"] == 1
    assert found["improvd_tempo_bpm",] == 97.5
    assert found["improvd_xruns_total",] == 7
    assert found["improvd_connections",] == 2
    assert found["improvd_lateness_seconds_count",] == 3
    assert found["improvd_lateness_seconds_sum",] == pytest.approx(5.0004)
    steps = [found["improvd_step_seconds_bucket", str(bound), "1"] for bound in BOUNDS]
    assert [steps[BOUNDS.index(bound)] for bound in (5e-5, 0.0001, 0.0002, 0.0005)] == [0, 1, 1, 2]
    assert (steps[-1], found["improvd_step_seconds_bucket", "+Inf", "1"]) == (2, 3)


def test_before_the_first_snapshot_there_is_nothing_to_read(server):
    assert not any(family.samples for family in read(server.port).values())


def test_only_this_machine_can_ask(server):
    with socket.socket() as outside:
        outside.settimeout(2.0)
        # 127.0.0.2 stands for every other address of this machine
        assert outside.connect_ex(("127.0.0.2", server.port)) != 0


def test_a_port_that_is_taken_costs_the_metrics_and_nothing_else(server, caplog):
    assert metrics.serve(server.port) is None
    (told,) = [line for line in caplog.messages if "no metrics" in line]
    assert f"port {server.port}" in told
    assert "status.prometheus" in told


def test_without_its_library_there_are_no_metrics(port, caplog, monkeypatch):
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    assert metrics.serve(port) is None
    assert "pip install 'improvd[prometheus]'" in caplog.text


def test_off_opens_nothing_and_says_nothing(caplog):
    assert metrics.serve("off") is None
    assert not caplog.messages


def test_the_port_is_given_back(port):
    for _ in range(2):
        server = metrics.serve(port)
        assert server
        server.close()
