import socket
import stat
import threading

import pytest

from improvd.daemon.control import (
    Control,
    ask,
    kept_connections,
    runtime_folder,
    save_connections,
)
from improvd.errors import PortError
from improvd.play.messages import Connection


@pytest.fixture(autouse=True)
def own_runtime_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture
def control():
    control = Control("left", {"ping": lambda: "pong", "panic": lambda: "every note is off"})
    yield control
    control.close()


def asked(control, request):
    """Ask from another thread, as another process would, and serve once."""
    answers = []
    client = threading.Thread(target=lambda: answers.append(ask("left", request)))
    client.start()
    control._socket.settimeout(5.0)
    control.serve()
    client.join(5.0)
    return answers[0]


def test_a_running_daemon_answers_what_it_knows(control):
    assert asked(control, "panic") == "every note is off"
    assert asked(control, "dance") == "unknown request; known: ping, panic"


def test_nobody_else_may_open_its_socket(control):
    path = runtime_folder() / "left.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(runtime_folder().stat().st_mode) == 0o700


def test_where_no_daemon_runs_nobody_answers():
    assert ask("left", "ping") is None


def test_a_second_daemon_of_the_same_name_is_refused(control):
    control._socket.settimeout(5.0)
    serving = threading.Thread(target=control.serve)
    serving.start()
    with pytest.raises(PortError, match="running already"):
        Control("left", {})
    serving.join(5.0)


def test_a_socket_that_a_killed_daemon_left_is_no_hindrance():
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(runtime_folder() / "left.sock"))
    left.close()
    Control("left", {}).close()


def test_a_client_that_only_connects_does_not_hold_up_the_daemon(control):
    with socket.socket(socket.AF_UNIX) as silent:
        silent.connect(str(runtime_folder() / "left.sock"))
        control.serve()


def test_connections_are_kept_and_read_again():
    pairs = [Connection("keyboard:out", "left:hears"), Connection("left:plays", "synth:in")]
    save_connections("left", pairs)
    assert kept_connections("left") == pairs


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"connections": [["one"]]}', "nonsense"])
def test_a_broken_state_file_is_as_good_as_none(text):
    (runtime_folder() / "left.json").write_text(text)
    assert kept_connections("left") == []
