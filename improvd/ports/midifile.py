"""The notes of standard MIDI files, read and written.

Time is in beats: a file's ticks are parts of a quarter note whatever its tempo does. Only who asks
when a track is played needs the tempo map. Knows no model, no clock and no port.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby, zip_longest
from operator import itemgetter
from pathlib import Path
from typing import Any

import mido

from improvd.core.note import PEDAL_DOWN, SUSTAIN, Note
from improvd.core.pedal import Pedal, joined, moves, presses
from improvd.core.tempo import Meter, Tempo
from improvd.core.units import FASTEST, SLOWEST, Beats, Bpm, Pitch, Seconds, Velocity
from improvd.errors import DataError
from improvd.ports.rawmidi import ONE_AFTER_ANOTHER, parse_music, save_file

_TICKS = 960  # a beat; what a file we write counts in
_Event = tuple[int, int, Any]  # tick, rank, message
_LET_GO, _MOVED, _STRUCK = range(3)  # ranks: so what happens on one tick is told
_PERCUSSION = 9  # the channel, as the wire counts, whose pitches are drums (General MIDI)


@dataclass(frozen=True, slots=True)
class MidiFile:
    """What a file holds: the notes of all its tracks but the drums, by onset, then pitch.

    Notes are as long as their keys are held; the pedal is down while that of any track is.
    """

    notes: tuple[Note, ...]
    bpm: Bpm  # the first tempo it names, else 120, within the range of tempi
    meter: Meter  # the first one it names, else 4/4
    pedal: tuple[Pedal, ...] = ()


def read_midi(path: Path) -> MidiFile:
    """Read a MIDI file. Raises DataError: unreadable, broken, in SMPTE time, or without a note."""
    messages = list(_messages(parse_music(path)))
    notes = _one_key_each(_notes(messages))
    if not notes:
        raise DataError(f"{path}: holds no notes to play; drums (channel 10) do not count")
    tempi = (message.tempo for _, _, message in messages if message.type == "set_tempo")
    meters = (message for _, _, message in messages if message.type == "time_signature")
    bpm, meter = _bpm(next(tempi, 500_000)), _meter(next(meters, None))
    return MidiFile(tuple(notes), bpm, meter, tuple(_pedal(messages)))


def read_parts(path: Path) -> dict[str, list[Note]]:
    """The notes of each track that has some, by its name, as `read_midi` reads them.

    Raises DataError: unreadable, broken, or in SMPTE time.
    """
    file = parse_music(path)
    parts: dict[str, list[Note]] = {}
    for number, own in groupby(_messages(file), key=itemgetter(0)):
        if notes := _one_key_each(_notes(own)):
            parts[file.tracks[number].name or f"track {number + 1}"] = notes
    return parts


def read_onsets(path: Path, track: str) -> list[Seconds]:
    """The seconds of the note-ons in the tracks of this name, by all the file's tempi, in order.

    Raises DataError: unreadable, broken, in SMPTE time, or without such a note.
    """
    file = parse_music(path)
    messages = list(_messages(file))
    numbers = {number for number, each in enumerate(file.tracks) if each.name == track}
    struck = (beat for number, beat, each in messages if number in numbers and _begins(each))
    tempi = _tempi((beat, each.tempo) for _, beat, each in messages if each.type == "set_tempo")
    anchors = [tempo.anchor_beat for tempo in tempi]
    onsets = [tempi[bisect_right(anchors, beat) - 1].second_at(beat) for beat in sorted(struck)]
    if not onsets:
        raise DataError(f"{path}: holds no note in a track {track!r}")
    return onsets


def write_midi(
    path: Path,
    tracks: Mapping[str, Sequence[Note]],
    bpm: Bpm,
    meter: Meter = Meter(),  # noqa: B008 - it is frozen
    *,
    programs: Mapping[str, int] | None = None,
    pedal: Mapping[str, Sequence[Pedal]] | None = None,
) -> None:
    """Write one track a name, each on a channel of its own; the file is there whole or not at all.

    `programs` are General MIDI sounds, 0..127, by track; what it does not name is a grand piano.
    `pedal` are the moves of the sustain pedal, by track. Raises DataError when the file cannot be
    written.
    """
    file = mido.MidiFile(type=1, ticks_per_beat=_TICKS)
    file.tracks.append(_opening(bpm, meter))
    channels = (channel for channel in range(16) if channel != _PERCUSSION)
    for (name, notes), channel in zip(tracks.items(), channels, strict=False):
        program, moved = (programs or {}).get(name, 0), (pedal or {}).get(name, ())
        file.tracks.append(_track(name, program, channel, [*_keys(notes), *_moves(moved)]))
    save_file(path, file)


def _messages(file: mido.MidiFile) -> Iterator[tuple[int, Beats, Any]]:
    """(track, beat, message) of every message; the tracks of a type 2 file follow each other."""
    tick = 0
    for number, track in enumerate(file.tracks):
        tick = tick if file.type == ONE_AFTER_ANOTHER else 0
        for message in track:
            tick += message.time
            yield number, Beats(tick / file.ticks_per_beat), message


def _begins(message: Any) -> bool:
    return bool(message.type == "note_on" and message.velocity)


def _tempi(changes: Iterable[tuple[Beats, int]]) -> list[Tempo]:
    """A tempo for each change (beat, microseconds of a beat), each going on where the last ends."""
    tempi = [Tempo(Bpm(120.0))]
    for beat, microseconds in sorted(changes, key=lambda change: change[0]):
        bpm = Bpm(60e6 / max(microseconds, 1))
        tempi.append(Tempo(bpm, tempi[-1].second_at(beat), beat))
    return tempi


def _notes(messages: Iterable[tuple[int, Beats, Any]]) -> Iterator[Note]:
    """Pair each note-on with the first note-off after it that no earlier one has claimed.

    First come, first ended: a file may say the next note-on of a key before the note-off of the
    last, on one tick. What is never ended ends with its track.
    """
    sounding: dict[tuple[int, int, int], deque[Note]] = defaultdict(deque)
    ends: dict[int, Beats] = {}
    for track, beat, message in messages:
        ends[track] = beat
        if message.type not in ("note_on", "note_off") or message.channel == _PERCUSSION:
            continue
        key = track, message.channel, message.note
        if _begins(message):
            note = Note(beat, Beats(0.0), Pitch(message.note), Velocity(message.velocity))
            sounding[key].append(note)
        elif sounding[key]:
            yield _ended(sounding[key].popleft(), beat)
    for (track, _, _), unended in sounding.items():
        yield from (_ended(note, ends[track]) for note in unended)


def _ended(note: Note, beat: Beats) -> Note:
    return replace(note, duration=Beats(beat - note.onset))


def _one_key_each(notes: Iterable[Note]) -> list[Note]:
    """What one keyboard can play: a key that is struck again has been let go before.

    Of two equal onsets of one key the longer stays; a note without length falls away.
    """
    keys: dict[Pitch, list[Note]] = defaultdict(list)
    for note in sorted(notes, key=lambda note: (note.onset, -note.duration)):
        if note.duration > 0 and note.onset not in (last.onset for last in keys[note.pitch][-1:]):
            keys[note.pitch].append(note)
    apart = (
        _ended(note, min(note.end, following.onset)) if following else note
        for struck in keys.values()
        for note, following in zip_longest(struck, struck[1:])
    )
    return sorted(apart, key=lambda note: (note.onset, note.pitch))


def _pedal(messages: Iterable[tuple[int, Beats, Any]]) -> list[Pedal]:
    """The moves of all pedals as one, up when the last message of its track is."""
    found: dict[tuple[int, int], list[Pedal]] = defaultdict(list)
    ends: dict[int, Beats] = {}
    for track, beat, message in messages:
        ends[track] = beat
        if message.is_cc(SUSTAIN) and message.channel != _PERCUSSION:
            found[track, message.channel].append(Pedal(beat, message.value >= PEDAL_DOWN))
    held = (presses(pedal, ends[track]) for (track, _), pedal in found.items())
    return moves(joined(chain.from_iterable(held)))


def _bpm(microseconds: int) -> Bpm:
    return Bpm(min(max(60e6 / max(microseconds, 1), SLOWEST), FASTEST))


def _meter(message: Any) -> Meter:
    try:
        return Meter.parse(f"{message.numerator}/{message.denominator}") if message else Meter()
    except ValueError:
        return Meter()  # one that no score would have: bars of four do as well


def _opening(bpm: Bpm, meter: Meter) -> mido.MidiTrack:
    return mido.MidiTrack(
        [
            mido.MetaMessage("set_tempo", tempo=round(60e6 / bpm)),
            mido.MetaMessage("time_signature", numerator=meter.count, denominator=meter.unit),
        ]
    )


def _track(name: str, program: int, channel: int, events: Iterable[_Event]) -> mido.MidiTrack:
    track = mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name=name),
            mido.Message("program_change", channel=channel, program=program),
        ]
    )
    last = 0
    for tick, _, message in sorted(events, key=itemgetter(0, 1)):
        track.append(message.copy(channel=channel, time=tick - last))
        last = tick
    return track


def _keys(notes: Iterable[Note]) -> Iterator[_Event]:
    """Both ends of the notes."""
    for note in _one_key_each(notes):
        onset, end = round(note.onset * _TICKS), round(note.end * _TICKS)
        message = mido.Message("note_on", note=note.pitch, velocity=note.velocity)
        yield onset, _STRUCK, message
        yield max(end, onset + 1), _LET_GO, message.copy(velocity=0)


def _moves(pedal: Iterable[Pedal]) -> Iterator[_Event]:
    for beat, down in pedal:
        message = mido.Message("control_change", control=SUSTAIN, value=127 if down else 0)
        yield round(beat * _TICKS), _MOVED, message
