"""Music Chronus among its peers: patches like any other, compiled and rendered by the engine that plays.

Voices come from modules of type `notes`, which have up to 64 each: the 256 voices of W1b are four such instruments, the sines of W2 and the
filters of W5 are voices too, 64 to an instrument, because a patch has 512 modules at most. `fm4` has an envelope for each operator.
"""
import math
import sys
from pathlib import Path
from typing import BinaryIO

import numpy as np

from chronus import __version__
from chronus.modules.registry import modules
from chronus.patch.compiler import compile_patch, source_of
from chronus.patch.graph import OUT, Cable, Module, Patch
from chronus.patch.packing import Program
from chronus.proof.peers import works
from chronus.proof.peers.peer import SOUND, Peer
from chronus.proof.peers.works import BLOCK, RATE, Voice, voices
from chronus.recorder.wav import header, make_room
from chronus.replica.offline import render
from chronus.shared.log import NOTE, Entry, rows_of
from chronus.shared.program import key_of
from chronus.shared.score import FULL_VELOCITY, SERIAL_SHIFT
from chronus.workshop.faster import build_faster
from chronus.workshop.faster import missing as faster_missing

NOTES = "notes.npy"                      # what is played, beside the sound
MOST = 64                                # voices of one module of type notes
ENVELOPE = {"attack": 1e3 * works.ATTACK, "decay": 1e3 * works.DECAY, "sustain": works.SUSTAIN, "release": 1e3 * works.RELEASE}
RESONANCE = (1.0 - 1.0 / works.Q / math.sqrt(2.0)) / 0.99                # of `filter`, whose damping is sqrt(2) (1 - 0.99 resonance)
NEEDS = {"W1": ("notes", "twin", "adsr", "filter", "pan"), "W1b": ("notes", "twin", "adsr", "filter", "pan"), "W2": ("notes", "sine"),
         "W4": ("notes", "fm4"), "W5": ("notes", "noise", "filter"), "W3": ("saw", "chorus", "delay", "plate"),
         "W3x16": ("notes", "saw", "chorus", "echoes", "room")}
WAYS = {"W1": ("", "saw", "pristine_saw"), "W1b": ("", "saw", "pristine_saw"), "W3x16": ("", "plate")}


def subtractive(number: int, way: str, level: float) -> tuple[list[Module], list[Cable]]:
    """An instrument of two saws, by default those of a `twin`, a filter that an envelope opens, an amplitude envelope, and a pan that follows the pitch."""
    notes, twin, low, high, bend, filter_, shape, pan = (f"{name}{number}" for name in ("notes", "twin", "low", "high", "bend", "filter", "shape", "pan"))
    found = [Module(bend, "adsr", ENVELOPE), Module(filter_, "filter", {"cutoff": works.CUTOFF, "resonance": RESONANCE}),
             Module(shape, "adsr", ENVELOPE), Module(pan, "pan", {"position": -1.0})]
    cables = [Cable(notes, "gate", bend, "gate"), Cable(notes, "gate", shape, "gate"), Cable(bend, "out", filter_, "cutoff", works.OPENING),
              Cable(filter_, "low", shape, "audio"), Cable(shape, "out", pan, "audio"), Cable(notes, "freq", pan, "position", 1.0 / works.PAN_SPAN),
              Cable(pan, "out", OUT, "", level)]
    if way:
        saws = [Module(low, way, {"freq": 0.0, "gain": 1.0}), Module(high, way, {"freq": 0.0, "gain": 1.0})]
        pitches = [Cable(notes, "freq", low, "freq"), Cable(notes, "freq", high, "freq", works.DETUNE)]
    else:
        saws = [Module(twin, "twin", {"freq": 0.0, "detune": 1_200.0 * math.log2(works.DETUNE), "gain": 2.0})]
        pitches = [Cable(notes, "freq", twin, "freq")]
    return saws + found, [*pitches, *(Cable(saw.id, "out", filter_, "audio") for saw in saws), *cables]


def sines(number: int, way: str, level: float) -> tuple[list[Module], list[Cable]]:
    """Sines whose amplitudes are the velocities of their notes."""
    notes, sine = f"notes{number}", f"sine{number}"
    return [Module(sine, "sine", {"freq": 0.0, "gain": 0.0})], [Cable(notes, "freq", sine, "freq"), Cable(notes, "velocity", sine, "gain"),
                                                                Cable(sine, "out", OUT, "", level)]


def operators(number: int, way: str, level: float) -> tuple[list[Module], list[Cable]]:
    """Four operators in a row, each modulated by the next."""
    notes, fm = f"notes{number}", f"fm{number}"
    params = {"freq": 0.0, "algorithm": 0.0, "feedback": 0.0, "touch": 0.0, "gain": 1.0, "level1": 1.0,
              **{f"{name}1": value for name, value in ENVELOPE.items()}}
    for i in (2, 3, 4):
        params |= {f"ratio{i}": works.RATIO, f"level{i}": works.DEPTH / math.tau, f"attack{i}": 0.0, f"sustain{i}": 1.0}
    return [Module(fm, "fm4", params)], [Cable(notes, "gate", fm, "gate"), Cable(notes, "freq", fm, "freq"), Cable(fm, "out", OUT, "", level)]


def filters(number: int, way: str, level: float) -> tuple[list[Module], list[Cable]]:
    """Low-passes at the pitches of their notes; all hear one noise."""
    notes, filter_ = f"notes{number}", f"filter{number}"
    return ([Module("noise", "noise", {"gain": 1.0})] * (number == 0) + [Module(filter_, "filter", {"cutoff": 20.0, "resonance": RESONANCE})],
            [Cable("noise", "white", filter_, "audio"), Cable(notes, "freq", filter_, "cutoff"), Cable(filter_, "low", OUT, "", level)])


def rooms(number: int, way: str, level: float) -> tuple[list[Module], list[Cable]]:
    """Saws, each through a chorus, an echo and a room of its own."""
    notes, saw, chorus, echoes, room = (f"{name}{number}" for name in ("notes", "saw", "chorus", "echoes", "room"))
    found = [Module(saw, "saw", {"freq": 0.0, "gain": 1.0}), Module(chorus, "chorus", {"time": works.CHORUS_MS}),
             Module(echoes, "echoes", {"time": works.ECHO_MS, "feedback": works.FEEDBACK}), Module(room, "room", {"mix": works.REVERB})]
    return found, [Cable(notes, "freq", saw, "freq"), *(Cable(a, "out", b, "audio") for a, b in ((saw, chorus), (chorus, echoes), (echoes, room))),
                   Cable(room, "out", OUT, "", level)]


INSTRUMENTS = {"W1": subtractive, "W1b": subtractive, "W2": sines, "W4": operators, "W5": filters, "W3x16": rooms}
HELD = ("W2", "W5", "W3x16")             # whose notes are never let go
LOUDER = 2.0                             # a chain: our effects take from the dry sound what they add to it, and others add it


def chains(work: str) -> Patch:
    """Saws, each through a chorus, a delay and a plate, which are modules apart."""
    found, cables = [], []
    for i, voice in enumerate(voices(work)):
        row = [Module(f"saw{i}", "saw", {"freq": voice.freq, "gain": 1.0}), Module(f"chorus{i}", "chorus", {"time": works.CHORUS_MS}),
               Module(f"delay{i}", "delay", {"time": works.ECHO_MS, "feedback": works.FEEDBACK}), Module(f"plate{i}", "plate", {"mix": works.REVERB})]
        found += row
        cables += [Cable(a.id, a.declaration.outlets[0], b.id, "audio") for a, b in zip(row, row[1:])]
        cables.append(Cable(row[-1].id, row[-1].declaration.outlets[0], OUT, "", LOUDER * voice.level))
    return Patch(found, cables, work.lower())


def patch(work: str, way: str) -> Patch:
    """The patch that plays a work."""
    if work == "W3" or way == "plate":
        return chains(work)
    found, cables = [], []
    count, loudest = len(voices(work)), max(voice.level for voice in voices(work))
    for number in range(-(-count // MOST)):
        some, more = INSTRUMENTS[work](number, way, loudest)
        found += [Module(f"notes{number}", "notes", {"voices": float(min(MOST, count - number * MOST))}), *some]
        cables += more
    return Patch(found, cables, work.lower())


def program(work: str, way: str) -> Program:
    """The compiled patch of a work, as the engine would play it."""
    return compile_patch(patch(work, way), RATE, BLOCK)


def entries(work: str, way: str, seconds: float) -> list[Entry]:
    """The notes of a work: some are held, the others are struck every second."""
    if work == "W3" or way == "plate":
        return []
    rows, loudest = [], max(voice.level for voice in voices(work))
    for i, voice in enumerate(voices(work)):
        serial = i + 1 << SERIAL_SHIFT
        rows.append((key_of(f"notes{i // MOST}"), note_of(voice), serial, serial + round(FULL_VELOCITY * voice.level / loudest)))
    if work in HELD:
        return [Entry(NOTE, key, note, 0, 0, struck) for key, note, _, struck in rows]
    found = []
    for second in range(math.ceil(seconds)):
        begins, ends = second * RATE, round((second + works.HELD) * RATE)
        found += [Entry(NOTE, key, note, begins, 0, struck) for key, note, _, struck in rows]
        found += [Entry(NOTE, key, note, ends, 0, serial) for key, note, serial, _ in rows]
    return found


def note_of(voice: Voice) -> float:
    return 69.0 + 12.0 * math.log2(voice.freq / 440.0)


def write(work: str, way: str, seconds: float, notes: np.ndarray, file: BinaryIO) -> None:
    """Renders a work as any session is rendered: a WAV file. `notes` are the rows of its entries."""
    frames = math.ceil(seconds * RATE)
    make_room(file.fileno(), frames)                    # as `chronus render` does
    file.write(header(RATE, frames))
    for piece in render([program(work, way).words], notes, RATE, BLOCK, 0, frames):
        file.write(piece)


def find(place: Path) -> str:
    return __version__


def prepare(place: Path, work: str, way: str, seconds: float, folder: Path) -> list[str]:
    missing = [name for name in NEEDS[work] if name not in modules()]
    if missing:
        raise LookupError(f"it has no module of type {' and none of type '.join(missing)} yet")
    build_faster(faster_missing(source_of(program(work, way).words)))
    np.save(folder / NOTES, rows_of(entries(work, way, seconds)))                   # as the others have their scores
    return [sys.executable, "-m", "chronus.proof.peers.ours", work, way, str(seconds), str(folder / NOTES), str(folder / SOUND)]


PEER = Peer("Music Chronus", {work: WAYS.get(work, ("",)) for work in NEEDS}, find, prepare)

if __name__ == "__main__":
    with open(sys.argv[5], "wb") as sound:
        write(sys.argv[1], sys.argv[2], float(sys.argv[3]), np.load(sys.argv[4]), sound)
