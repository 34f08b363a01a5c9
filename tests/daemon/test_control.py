import json
import os
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from improvd.config import load_config
from improvd.daemon.control import (
    Claim,
    Control,
    ask,
    kept_connections,
    runtime_folder,
    save_connections,
)
from improvd.errors import ConfigError, PortError
from improvd.play.messages import Connection

STATUS = "so it goes " * 2_000  # more than a packet


@pytest.fixture(autouse=True)
def own_runtime_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))


@pytest.fixture
def control():
    control = Control("left", {"status": lambda: STATUS, "panic": lambda: "every note is off"})
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
    assert asked(control, "dance") == "unknown request; known: status, panic"


def test_a_long_answer_comes_whole(control):
    assert asked(control, "status") == STATUS.strip()


def test_nobody_else_may_open_its_socket(control):
    path = runtime_folder() / "left.sock"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(runtime_folder().stat().st_mode) == 0o700


def test_where_no_daemon_runs_nobody_answers():
    assert ask("left", "status") is None


def test_a_second_daemon_of_the_same_name_is_refused():
    first = Claim("left")
    with pytest.raises(PortError, match=r"'left' is running already.*--name"):
        Claim("left")
    Claim("right").close()
    first.close()
    Claim("left").close()


def test_the_claim_of_a_killed_daemon_ends_with_it():
    script = (
        "import time; from improvd.daemon.control import Claim\n"
        "claim = Claim('left'); print('mine', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as daemon:
        assert daemon.stdout
        daemon.stdout.readline()
        with pytest.raises(PortError, match="running already"):
            Claim("left")
        daemon.kill()
    Claim("left").close()


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


@pytest.fixture
def no_runtime_folder(tmp_path, monkeypatch):
    """The folder that is taken then."""
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path / f"improvd-{os.getuid()}"


@pytest.mark.parametrize("base", [None, "", "run"])
def test_without_a_runtime_folder_one_of_ours_is_made(no_runtime_folder, monkeypatch, base):
    if base is not None:
        monkeypatch.setenv("XDG_RUNTIME_DIR", base)
    assert runtime_folder() == no_runtime_folder
    assert stat.S_IMODE(no_runtime_folder.stat().st_mode) == 0o700
    assert runtime_folder() == no_runtime_folder, "and found again"


def test_a_folder_of_ours_that_others_may_look_into_is_closed_to_them(no_runtime_folder):
    no_runtime_folder.mkdir(mode=0o755)
    assert stat.S_IMODE(runtime_folder().stat().st_mode) == 0o700


def open_to_others(folder):
    folder.mkdir()
    folder.chmod(0o770)


def somebody_elses(folder):
    folder.mkdir(mode=0o700)
    if os.getuid() == 0:
        os.chown(folder, 12_345, 12_345)


def a_link(folder):
    (folder.parent / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to("elsewhere")


def a_file(folder):
    folder.touch(0o700)


@pytest.mark.parametrize("made", [open_to_others, somebody_elses, a_link, a_file])
def test_a_folder_that_another_may_have_made_is_refused_in_one_line(
    no_runtime_folder, monkeypatch, made
):
    made(no_runtime_folder)
    if made is somebody_elses and os.getuid():
        uid = os.getuid()
        no_runtime_folder.rename(no_runtime_folder.with_name(f"improvd-{uid + 1}"))
        monkeypatch.setattr(os, "getuid", lambda: uid + 1)
    for use in (runtime_folder, lambda: Claim("left"), lambda: ask("left", "status")):
        with pytest.raises(PortError, match="set XDG_RUNTIME_DIR") as fault:
            use()
        assert "\n" not in str(fault.value)
    assert kept_connections("left") == []


def test_a_runtime_folder_that_goes_away_costs_what_is_kept_there_and_no_more(
    no_runtime_folder, caplog
):
    a_file(no_runtime_folder)
    save_connections("left", [])
    assert "connections are not kept" in caplog.text


def test_a_path_that_is_too_long_for_a_socket_is_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("x" * 100)))
    with pytest.raises(PortError, match="set XDG_RUNTIME_DIR"):
        Control("left", {})


HOSTILE = {
    "a megabyte": b"panic" * 200_000,
    "no text": b"\xff\xfe\n",
    "a zero": b"\0\n",
    "an empty line": b"\n",
    "nothing": b"",
    "an escape sequence": b"mode \x1b[2J\n",
}


@pytest.mark.parametrize("said", HOSTILE.values(), ids=HOSTILE)
def test_an_odd_request_does_no_harm(control, said):
    done = []
    control._requests["panic"] = lambda: done.append(1) or "off"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2.0)
        client.connect(str(runtime_folder() / "left.sock"))
        sender = threading.Thread(target=send, args=(client, said))
        sender.start()
        control._socket.settimeout(5.0)
        began = time.monotonic()
        control.serve()
        assert time.monotonic() - began < 1.0
        sender.join(5.0)
        answer = receive(client)
    assert not done
    assert not answer or answer.startswith("unknown request; known: "), "nothing is said back"
    assert asked(control, "status") == STATUS.strip(), "it goes on"


def send(client, said):
    try:
        client.sendall(said)
        client.shutdown(socket.SHUT_WR)
    except OSError:
        return  # the daemon has heard enough


def receive(client):
    try:
        return client.recv(4096).decode()
    except OSError:
        return ""


@pytest.mark.parametrize("kept", [[[1, 2]], [["a", None]], [[["a"], {}]], [["a"]], "ab", 7])
def test_odd_connections_are_names_or_nothing(kept):
    (runtime_folder() / "left.json").write_text(json.dumps({"connections": kept}))
    assert all(isinstance(end, str) for link in kept_connections("left") for end in link)


def test_a_name_can_lead_nowhere_else():
    for name in ("../evil", "a/b", "..", ".hidden", "", "a" * 33, "a\nb"):
        with pytest.raises(ConfigError, match="letters, digits"):
            load_config(Path("config.toml"), midi={"name": name})
