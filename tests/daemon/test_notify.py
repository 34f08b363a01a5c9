import os
import socket

import pytest

from improvd.daemon.notify import Watchdog, notify, notify_reloading, supervised


@pytest.fixture
def manager(tmp_path, monkeypatch):
    """A socket that is systemd's."""
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        manager.settimeout(0)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        yield manager


def told(manager):
    said = []
    try:
        while True:
            said.append(manager.recv(100).decode())
    except BlockingIOError:
        return said


def test_systemd_is_told_on_the_socket_that_it_names(manager):
    assert supervised()
    notify("READY=1", "STATUS=listening")
    assert told(manager) == ["READY=1\nSTATUS=listening"]


def test_without_systemd_or_with_one_that_went_away_nothing_happens(tmp_path, monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not supervised()
    notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    notify("READY=1")


def test_a_manager_that_does_not_read_holds_up_nothing(manager):
    for number in range(1000):  # more than its socket holds
        notify(f"STATUS={number}")
    assert told(manager)[0] == "STATUS=0"


def test_a_reload_is_told_with_its_moment(manager):
    notify_reloading()
    first, second = told(manager)[0].split("\n")
    assert first == "RELOADING=1"
    assert int(second.removeprefix("MONOTONIC_USEC=")) > 0


def test_the_watchdog_is_fed_four_times_in_its_interval(manager):
    watchdog = Watchdog({"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": str(os.getpid())})
    fed = [
        second for second in range(100, 140) for _ in [watchdog.feed(second / 10)] if told(manager)
    ]
    assert fed == [100, 110, 120, 130]


@pytest.mark.parametrize("environment", [{}, {"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "1"}])
def test_a_watchdog_that_is_not_there_or_not_ours_is_not_fed(manager, environment):
    Watchdog(environment).feed(1e9)
    assert told(manager) == []
