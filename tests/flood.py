"""A JACK client that sends more than any keyboard: `python flood.py KIND AMOUNT`.

It connects itself with improvd:hears, says "begun", then "done" when all is sent, and leaves when
its input is closed.
"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Iterator

import jack

ON, OFF = 0x90, 0x80
CHUNK = 2048  # random bytes a period
NOTES = 10_000  # a second
STRUCK = 180  # a second
BATCH = 1024  # messages that a period's buffer surely holds

Period = list[bytes]


def random_bytes(amount: int, _: float) -> Iterator[Period]:
    """So many bytes, cut anywhere."""
    dice = random.Random(3)
    for _ in range(0, amount, CHUNK):
        yield [dice.randbytes(CHUNK)]


def every_note(rounds: int, _: float) -> Iterator[Period]:
    """All notes of all channels as fast as they go, then their ends, so many times."""
    for _ in range(rounds):
        for status, velocity in ((ON, 90), (OFF, 0)):
            keys = [
                bytes((status | channel, pitch, velocity))
                for channel in range(16)
                for pitch in range(128)
            ]
            yield from (keys[at : at + BATCH] for at in range(0, len(keys), BATCH))


def many_notes(amount: int, lasts: float) -> Iterator[Period]:
    """So many a second that it takes 16 channels, each ended in the next period."""
    ended: Period = []
    each_period = int(NOTES * lasts) + 1
    for number in range(amount // each_period):
        keys = [divmod(each % (16 * 128), 128) for each in range(each_period)]
        yield ended + [bytes((ON | channel, key, 1 + number % 127)) for channel, key in keys]
        ended = [bytes((OFF | channel, key, 0)) for channel, key in keys]
    yield ended


def without_ends(amount: int, lasts: float) -> Iterator[Period]:
    """Note-ons whose note-offs never come, as many a second as two hands may strike."""
    each_period = int(STRUCK * lasts) + 1
    for start in range(0, amount, each_period):
        numbers = range(start, start + each_period)
        yield [bytes((ON | number % 16, number % 128, 64)) for number in numbers]


KINDS = {each.__name__: each for each in (random_bytes, every_note, many_notes, without_ends)}


def main(kind: str, amount: str) -> None:
    client = jack.Client(f"flood-{kind}", no_start_server=True)
    port = client.midi_outports.register("out")
    lasts = client.blocksize / client.samplerate  # a period, in seconds
    periods, done, go = KINDS[kind](int(amount), lasts), threading.Event(), threading.Event()

    def process(_: int) -> None:
        port.clear_buffer()
        if not go.is_set():
            return
        if (period := next(periods, None)) is None:
            done.set()
        for data in period or ():
            port.write_midi_event(0, data)

    client.set_process_callback(process)
    client.activate()
    client.connect(port, "improvd:hears")
    print("begun", flush=True)  # noqa: T201 - how it answers
    go.set()
    done.wait()
    print("done", flush=True)  # noqa: T201
    sys.stdin.read()
    client.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
