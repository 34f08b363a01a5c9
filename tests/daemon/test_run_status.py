"""What a running daemon tells of itself, and to whom: over a real jackd."""

import json
import os
import re
import socket
import stat
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.request import urlopen

import pytest
from partner import Partner, improvd
from witness import is_on, play

pytestmark = pytest.mark.jackd

LISTEN = "0A"  # as proc_net_tcp.txt of the kernel's documentation says


def network_sockets(pid):
    """Of this process: (table, address and port in hex, state), TCP and UDP."""
    links = []
    for path in Path(f"/proc/{pid}/fd").iterdir():
        try:
            links.append(str(path.readlink()))
        except FileNotFoundError:
            continue  # it was closed meanwhile
    own = {found[1] for link in links if (found := re.fullmatch(r"socket:\[(\d+)\]", link))}
    assert own, "it has its local sockets at least"
    found = []
    for table in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        net = Path(f"/proc/{pid}/net/{table}")
        for line in net.read_text().splitlines()[1:] if net.exists() else ():
            fields = line.split()
            if fields[9] in own:
                found.append((table, fields[1], fields[3]))
    return found


def status(partner):
    code, said = improvd(partner, "status", "--json")
    assert code == 0, said
    return json.loads(said)


def test_status_tells_how_the_jam_goes(stage, keyboard, recorder):
    partner = stage(model={"name": "melody-basic"})
    before = status(partner)
    assert (before["turn"], before["answers"], before["notes_heard"]) == ("waiting", 0, 0)
    play(keyboard)
    partner.wait_for("answer over")
    ons = [data for _, data in recorder.rest(0.3) if is_on(data)]
    told = status(partner)
    assert (told["name"], told["backend"], told["mode"]) == ("improvd", "jack", "answer")
    assert (told["model"], told["device"]) == (["melody-basic"], ["cpu"])
    assert (told["tempo_bpm"], told["tempo_source"]) == (120.0, "internal")
    assert sorted(told["connections"]) == [
        ["improvd:plays", recorder.port],
        [keyboard.port, "improvd:hears"],
    ]
    assert (told["notes_heard"], told["notes_played"], told["answers"]) == (4, len(ons), 1)
    assert told["notes_dropped"] == told["player_restarts"] == told["lost_reports"] == 0
    assert told["lateness_seconds"]["number"] == len(ons)
    (steps,) = told["step_seconds"]
    assert steps["number"] > 30, "two bars of sixteenths, and what was heard"
    assert 0 < steps["half"] <= steps["p99"] <= steps["worst"] < 1.0
    assert 0 < before["uptime_seconds"] < told["uptime_seconds"] < 60
    _, said = improvd(partner, "status")
    assert len(said.splitlines()) == 11, said


def test_status_outlives_the_player(stage, keyboard, recorder):
    partner = stage()
    play(keyboard)
    line = partner.wait_for("answer over")
    before = status(partner)
    os.kill(partner.player, 9)
    partner.wait_for("ready on jack", line)
    after = status(partner)
    assert (before["player_restarts"], after["player_restarts"]) == (0, 1)
    assert after["notes_played"] >= before["notes_played"] > 0
    assert after["xruns"] >= before["xruns"]


def test_only_its_user_may_ask_it(start):
    partner = start()
    partner.wait_for("ready on jack")
    folder = partner.runtime / "improvd"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "improvd.sock").stat().st_mode) == 0o600


def test_no_port_is_open_to_the_network(start):
    partner = start()
    partner.wait_for("ready on jack")
    time.sleep(0.5)
    for pid in (partner.process.pid, partner.player):
        assert network_sockets(pid) == []


def test_by_default_only_link_is_in_the_network_where_it_is_installed(start):
    partner = start(tempo={})
    partner.wait_for("ready on jack")
    time.sleep(0.5)
    assert network_sockets(partner.process.pid) == []
    kinds = {table for table, *_ in network_sockets(partner.player)}
    assert kinds <= ({"udp", "udp6"} if find_spec("link") else set())


def test_prometheus_reads_it_on_this_machine_alone(stage, keyboard):
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    partner = stage(status={"prometheus": port})
    play(keyboard)
    partner.wait_for("answer over")
    time.sleep(1.2)  # a snapshot a second
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as page:
        lines = page.read().decode().splitlines()
    assert "improvd_answers_total 1.0" in lines
    assert 'improvd_turn{turn="waiting"} 1.0' in lines
    listening = [("tcp", f"0100007F:{port:04X}", LISTEN)]
    sockets = network_sockets(partner.process.pid)
    assert [each for each in sockets if each[2] == LISTEN] == listening


def test_a_second_daemon_beside_it_is_refused_in_one_line_or_takes_a_name_of_its_own(
    stage, jackd, keyboard, tmp_path
):
    first = stage()
    second = Partner(tmp_path, jackd.env)
    assert second.ends() == 1
    assert len(second.said) == 1, second.said
    assert "an improvd named 'improvd' is running already" in second.said[0]
    other = Partner(
        tmp_path, jackd.env, midi={"backend": "jack", "input": "virtual", "name": "left"}
    )
    other.wait_for("ready on jack")
    assert {
        status(first)["name"],
        json.loads(improvd(other, "status", "--json", "--name", "left")[1])["name"],
    } == {"improvd", "left"}
    other.close()
    play(keyboard)
    first.wait_for("answer over")
