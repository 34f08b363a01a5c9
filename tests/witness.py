"""Witnesses from outside: a real jackd, a keyboard and a recorder that are processes of their own,
and a player process that is started just as the mind starts it.

Run as a program (`python witness.py NAME PORT`) this file is the keyboard.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from typing import Any, ClassVar

from improvd.play import packets
from improvd.ports import memory

ON, OFF = 0x90, 0x80
NO_JACKD = "NO JACKD: nothing of what needs a real JACK is tested; make check installs it"
PATIENCE = 15.0  # seconds that anything is waited for, on a busy machine
SETTINGS = {
    "backend": "memory",
    "name": "improvd",
    "input": "virtual",
    "output": "virtual",
    "clock_input": "input",
    "controls_input": "input",
    "input_channels": "all",
    "thru": False,
    "controls": [],
    "late": 0.05,
    "input_latency": 0.0,
    "output_latency": 0.0,
    "clock_latency": 0.0,
    "max_note": 8.0,
    "bpm": 120.0,
    "bar": 4.0,
    "source": "internal",
    "send_clock": False,
    "memory_fd": None,
}


class Jackd:
    """A private server on the dummy driver, synchronous, at 48 kHz.

    Its period outlasts the moments in which a virtual machine stands still: of what is longer the
    dummy driver loses all frames, and no note can be where it belongs.
    """

    PERIOD: ClassVar = 1024  # frames

    def __init__(self) -> None:
        self.name = f"improvdtest_{os.getpid()}"
        self.env = os.environ | {
            "JACK_DEFAULT_SERVER": self.name,
            "JACK_NO_AUDIO_RESERVATION": "1",
            "JACK_NO_START_SERVER": "1",
        }
        self.here: dict[str, str] = {}  # what lets this process be a client of it
        self.enter: list[str] = []  # what leads a program to where it runs
        self.keyboard = [sys.executable, __file__]  # what is a keyboard there
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def missing() -> str:
        """What keeps it from running here; empty where nothing does."""
        return "" if shutil.which("jackd") else NO_JACKD

    def _command(self) -> list[str]:
        driver = ["-d", "dummy", "-r", "48000", "-p", str(self.PERIOD)]
        return ["jackd", "-n", self.name, "-R", "-S", "-P", "70", *driver]

    def start(self) -> None:
        self._process = subprocess.Popen(
            self._command(), env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._tool("jack_wait", "-w", "-t", "10")

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(PATIENCE)
            self._process = None

    def die(self) -> None:
        """SIGKILL. Start it again before `stop`: only an orderly end frees its place in JACK."""
        assert self._process
        self._process.kill()
        self._process.wait(PATIENCE)

    def resize(self, frames: int) -> None:
        """Let its period be so long."""
        self._run("jack_bufsize", str(frames))

    @property
    def pid(self) -> int:
        """The process id of the server."""
        assert self._process
        return self._process.pid

    def connect(self, source: str, sink: str) -> None:
        """Connect two ports, as soon as both are there and their clients play."""
        end = time.monotonic() + PATIENCE
        while sink not in self.connections(source):
            assert time.monotonic() < end, f"{source} and {sink} do not meet: {self.ports()}"
            self._tool("jack_connect", source, sink)

    def disconnect(self, source: str, sink: str) -> None:
        self._tool("jack_disconnect", source, sink)

    def ports(self) -> list[str]:
        return self._tool("jack_lsp").split("\n")

    def connections(self, port: str) -> list[str]:
        lines = self._tool("jack_lsp", "-c", port).split("\n")
        return [line.strip() for line in lines if line.startswith(" ")]

    def _tool(self, program: str, *arguments: str) -> str:
        return self._run(program, "-s", self.name, *arguments)

    def _run(self, *command: str) -> str:
        done = subprocess.run(
            [*self.enter, *command], env=self.env, capture_output=True, text=True, check=False
        )
        return done.stdout


def play(keyboard, pitches=(60, 62, 64, 65), gap=0.12):
    """A short phrase; comes back with its last release."""
    for pitch in pitches:
        keyboard.play(ON, pitch, 80)
        time.sleep(gap)
        keyboard.play(OFF, pitch, 0)


def is_on(data):
    return data[0] & 0xF0 == ON and data[2] > 0


def sounding(taken):
    down = set()
    for _, data in taken:
        if is_on(data):
            down.add(data[1])
        elif data[0] & 0xF0 in (ON, OFF):
            down.discard(data[1])
    return down


def left_on(heard):
    """The keys, of any channel, that were begun and not ended."""
    down = set()
    for _, data in heard:
        if data[0] & 0xF0 in (ON, OFF):
            (down.add if is_on(data) else down.discard)((data[0] & 0x0F, data[1]))
    return down


class Lines:
    """A process whose lines are read with patience."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._rest = b""

    def line(self, patience: float = PATIENCE) -> str | None:
        """The next line, or None when none comes in time."""
        assert self._process.stdout
        end = time.monotonic() + patience
        while b"\n" not in self._rest:
            left = max(0.0, end - time.monotonic())
            if not select.select([self._process.stdout], [], [], left)[0]:
                return None
            more = os.read(self._process.stdout.fileno(), 65536)
            if not more:
                return None
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()

    def close(self) -> None:
        """Leave JACK in an orderly way: one that is killed holds up the others' cycles."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.terminate()
        self._process.wait(PATIENCE)


class Keyboard(Lines):
    """A JACK client with one hardware port, `NAME:PORT`, in a process of its own."""

    def __init__(self, jackd: Jackd, name: str = "keyboard", port: str = "out") -> None:
        super().__init__([*jackd.enter, *jackd.keyboard, name, port], jackd.env)
        self.port = f"{name}:{port}"

    def play(self, *data: int) -> int:
        """Send these bytes now; the JACK frame on which they went out."""
        assert self._process.stdin
        self._process.stdin.write(bytes(data).hex().encode() + b"\n")
        self._process.stdin.flush()
        line = self.line()
        assert line is not None, "the keyboard does not play"
        return int(line)


class Recorder(Lines):
    """jack_midi_dump: what reaches `NAME:input`, and when.

    It counts frames from its own start. `agree_with` brings them onto JACK's.
    """

    def __init__(self, jackd: Jackd, name: str = "recorder") -> None:
        dump = ["stdbuf", "-oL", "jack_midi_dump", "-a", name]
        super().__init__([*jackd.enter, *dump], jackd.env)
        self.port = f"{name}:input"
        self._jackd = jackd
        self._ahead = 0  # frames that JACK had counted before it

    def agree_with(self, keyboard: Keyboard) -> None:
        """Hear one message of the keyboard, whose frame is JACK's."""
        self._jackd.connect(keyboard.port, self.port)
        frame = keyboard.play(0xB0, 119, 0)
        self._ahead = frame - self.take(1)[0][0]
        self._jackd.disconnect(keyboard.port, self.port)

    def take(self, count: int, patience: float = PATIENCE) -> list[tuple[int, bytes]]:
        """The next `count` messages: (frame, bytes)."""
        taken: list[tuple[int, bytes]] = []
        while len(taken) < count:
            line = self.line(patience)
            assert line is not None, f"only {len(taken)} of {count} messages came: {taken}"
            taken.append(self._read(line))
        return taken

    def rest(self, quiet: float) -> list[tuple[int, bytes]]:
        """All messages until nothing has come for so many seconds."""
        taken: list[tuple[int, bytes]] = []
        while (line := self.line(quiet)) is not None:
            taken.append(self._read(line))
        return taken

    def nothing_more(self, patience: float = 0.1) -> bool:
        return self.line(patience) is None

    def _read(self, line: str) -> tuple[int, bytes]:
        frame, _, rest = line.partition(":")
        words = rest.split()
        size = 2 if words[0][0] in "cd" else 3
        return int(frame) + self._ahead, bytes(int(word, 16) for word in words[:size])


class PlayerProcess:
    """The player, as the mind sees it; with a socket for its memory ports where it has some."""

    def __init__(self, env: dict[str, str] | None = None, **settings: Any) -> None:
        self.mind, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.room, port = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        chosen = SETTINGS | settings
        if chosen["backend"] == "memory":
            chosen["memory_fd"] = port.fileno()
        fds = (theirs.fileno(), port.fileno())
        module = [sys.executable, "-P", "-m", "improvd.play.player"]
        self.process = subprocess.Popen(
            [*module, "--socket", str(fds[0]), json.dumps(chosen)],
            pass_fds=fds, env=env, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        theirs.close()
        port.close()
        self._said: deque[Any] = deque()

    def tell(self, *said: Any) -> None:
        for packet in packets.pack(said):
            self.mind.send(packet)

    def wait_for(self, kind: type) -> Any:
        """The next message of this kind; those before it are left out."""
        patience = time.monotonic() + PATIENCE
        while time.monotonic() < patience:
            while self._said:
                if isinstance(message := self._said.popleft(), kind):
                    return message
            assert select.select([self.mind], [], [], PATIENCE)[0], f"no {kind.__name__} came"
            packet = self.mind.recv(1 << 17)
            assert packet, f"the player left before a {kind.__name__}: {self.process.wait()}"
            self._said += packets.unpack(packet)
        raise AssertionError(f"no {kind.__name__} came, but other words")

    def play(self, *data: int, end: str = "hears") -> None:
        """At one of its memory ports: these bytes, now."""
        self.room.send(memory.pack(_now(), bytes(data), end))

    def take(self, count: int) -> list[bytes]:
        """At its memory ports: the next `count` messages."""
        return [data for _, data in self.take_timed(count)]

    def take_timed(self, count: int) -> list[tuple[float, bytes]]:
        taken = []
        for _ in range(count):
            assert select.select([self.room], [], [], PATIENCE)[0], f"only {taken} came"
            taken.append(memory.unpack(self.room.recv(4096)))
        return taken

    def left(self) -> tuple[int, str]:
        """Its exit code, and what it wrote on standard error."""
        _, said = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said

    def close(self) -> None:
        self.mind.close()
        self.room.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


def _now() -> Any:
    return time.monotonic()


def _be_a_keyboard(name: str, end: str) -> None:
    import jack  # noqa: PLC0415 - only the keyboard's own process is a JACK client

    client = jack.Client(name, use_exact_name=True, no_start_server=True)
    port = client.midi_outports.register(end, is_physical=True, is_terminal=True)
    waiting: deque[bytes] = deque()
    played: deque[int] = deque()
    bell, rope = os.pipe()

    def process(_: int) -> None:
        port.clear_buffer()
        if waiting:
            port.write_midi_event(0, waiting.popleft())
            played.append(client.last_frame_time)
            os.write(rope, b"!")

    client.set_process_callback(process)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it leaves when nobody plays any more
    client.activate()
    for line in sys.stdin:
        waiting.append(bytes.fromhex(line.strip()))
        os.read(bell, 1)
        print(played.popleft(), flush=True)  # noqa: T201 - how it answers
    time.sleep(3 * client.blocksize / client.samplerate)  # what was played last goes out
    client.close()


if __name__ == "__main__":
    _be_a_keyboard(*sys.argv[1:])
