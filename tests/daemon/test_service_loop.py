"""The mind's loop beside a player that is made up: what it waits for, and what it tells systemd."""

import socket

import pytest

from improvd.daemon.service import Service
from improvd.errors import PortError
from improvd.play.messages import Connection, Exit, Ready

READY = Ready("jack", "improvd:hears", "improvd:plays")


class FakeDesk:
    """Nothing to do, ever; after so many rounds the service is stopped."""

    def __init__(self, rounds):
        self.rounds = rounds
        self.lost = 0
        self.service = None

    def requests(self):
        return {}

    def take(self, message):
        pass

    def player_lost(self, _):
        self.lost += 1

    def tick(self, now):
        self.rounds -= 1
        if self.rounds <= 0:
            self.service.stop()
        return now  # there is always more to do: the loop never sleeps


class FakeLink:
    """A player: `says` is what each round hears of it, `left` its exit codes, if it leaves."""

    def __init__(self, says=(), left=None, *, well=True, replaced=False):
        self.estate = self
        self.connections = self.wiring = [Connection("keys:out", "improvd:hears")]
        self.exit_code = left
        self.restarts = int(replaced)
        self._says = list(says)
        self._well = well
        self._replaced = replaced

    def fileno(self):
        return -1

    def receive(self, _):
        return [self._says.pop(0)] if self._says else []

    def check(self, _):
        replaced, self._replaced = self._replaced, False
        return replaced

    def well(self, _):
        return self._well

    def stop(self):
        pass


class FakeOverview:
    """Nobody asks for figures here."""

    def take(self, message):
        pass

    def player_lost(self):
        pass

    def tick(self, now):
        pass


@pytest.fixture
def manager(tmp_path, monkeypatch):
    """Systemd: what it is told, with a watchdog of a second."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", "1000000")
    monkeypatch.delenv("WATCHDOG_PID", raising=False)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(0)
        yield manager


def run(link, rounds=20):
    """Rounds of a tenth of a second each."""
    desk, seconds = FakeDesk(rounds), iter(range(10_000))
    service = Service(
        "improvd", link, desk, FakeOverview(), clock=lambda: 100.0 + next(seconds) / 30
    )
    desk.service = service
    service.run()


def told(manager):
    said = []
    try:
        while True:
            said += manager.recv(1000).decode().split("\n")
    except BlockingIOError:
        return said


def test_systemd_is_told_that_it_is_ready_what_it_does_and_that_it_stops(manager):
    run(FakeLink([READY]))
    said = [line for line in told(manager) if line != "WATCHDOG=1"]
    assert said == [
        "READY=1",
        "STATUS=on jack, listening to keys:out; nothing is connected to improvd:plays",
        "STOPPING=1",
    ]


@pytest.mark.parametrize(("well", "fed"), [(True, True), (False, False)])
def test_the_watchdog_is_fed_while_the_player_is_well(manager, well, fed):
    run(FakeLink([READY], well=well))
    assert ("WATCHDOG=1" in told(manager)) == fed


def test_under_systemd_a_midi_system_is_waited_for(manager):
    run(FakeLink(left=Exit.NO_MIDI_SYSTEM))
    said = told(manager)
    assert "STATUS=waiting for a MIDI system: none answers yet" in said
    assert "READY=1" not in said


@pytest.mark.parametrize("replaced", [False, True])  # it may have been slow to leave
@pytest.mark.parametrize("left", [Exit.NAME_TAKEN, Exit.FAULT])
def test_ports_that_cannot_be_opened_end_it(manager, left, replaced):
    with pytest.raises(PortError):
        run(FakeLink(left=left, replaced=replaced))


def test_without_systemd_no_midi_system_ends_it(manager, monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET")
    with pytest.raises(PortError):
        run(FakeLink(left=Exit.NO_MIDI_SYSTEM))
