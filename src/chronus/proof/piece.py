"""A piece, such as those of `examples/`, that plays while processes are injured: its lines at their times, over and over, while somebody turns its knobs."""

import random
import time
from pathlib import Path

from chronus.control.replay import PLAYED
from chronus.control.scripted import Scripted
from chronus.faces.client import Client
from chronus.faces.scripts import obeyed
from chronus.proof.chaos import Player, ordeal
from chronus.proof.edits import float32
from chronus.proof.engine import Engine

TURNED_BY = 0.3                     # a knob is turned up or down to so many octaves from where the piece has it
HITS = 0.2                          # of the commands: somebody plays along


class Piece:
    """What a script does: `begins` is said before the time runs, `lines` are (seconds, address, arguments), and `patch` is what it plays at its end.

    Raises LineError that names a line which is none, OSError.
    """

    def __init__(self, file: Path):
        script, self.begins, self.lines = Scripted(), [], []
        for frame, *asked in obeyed(file, script):
            if self.lines or frame and not asked[0].startswith("/patch/"):
                self.lines.append((frame / script.rate, *asked))
            else:
                self.begins.append(asked)
        self.patch, self.seconds = script.patch, script.frame / script.rate


class Musician(Player):
    """Plays a piece, and turns its knobs."""

    def __init__(self, engine: Engine, dice: random.Random, piece: Piece):
        super().__init__(engine, dice, 0)
        self.piece = piece
        with Client("127.0.0.1", engine.port) as client:
            for address, args in piece.begins:
                answer = client.ask(address, *args)
                if not answer.ok:
                    raise RuntimeError(f"the piece cannot begin: {answer.line()}")
        self.next_line, self.round_began = 0, time.monotonic()
        modules = [*piece.patch.modules.values()]
        self.knobs = [(m.id, p, m.params.get(p.name, p.default)) for m in modules if not m.declaration.voices for p in m.declaration.params if p.unit != "gate"]
        self.gates = [f"/gate/{m.id}" for m in modules for p in m.declaration.params if p.unit == "gate"]
        arpeggios = [args[0] for _, address, args in piece.lines if address == "/arp/create"]
        self.journaled = {**self.journaled, **{f"/note/{id_}": PLAYED for id_ in arpeggios}}
        self.keys_of = [f"/note/{m.id}" for m in modules if m.declaration.voices]

    def turn(self) -> None:
        """A millisecond of the music: the lines that are due; and at its end the piece begins again."""
        while self.next_line < len(self.piece.lines) and self.piece.lines[self.next_line][0] <= time.monotonic() - self.round_began:
            _, address, args = self.piece.lines[self.next_line]
            self.door.send(address, *args)
            self.next_line += 1
        if time.monotonic() - self.round_began >= self.piece.seconds:
            self.next_line, self.round_began = 0, time.monotonic()
        super().turn()

    def command(self) -> None:
        """A knob, or now and then a note or a drum."""
        dice = self.dice
        if self.keys_of and dice.random() < HITS:
            self.door.send(dice.choice(self.keys_of), dice.randrange(36, 84), dice.choice((0.3, 0.8)), 0.3)
        elif self.gates and dice.random() < HITS:
            self.door.send(dice.choice(self.gates), dice.choice((0, 0, 0.5, 1)))
        else:
            id_, param, value = dice.choice(self.knobs)
            self.door.send(f"/mod/{id_}/{param.name}", float32(min(max(value * 2.0**dice.uniform(-TURNED_BY, TURNED_BY), param.low), param.high)))


def run(file: Path, seconds: float, faults: int, injuries: tuple, seed: int, json: bool) -> int:
    """`chronus chaos --piece`: the exit status, 1 where a promise was broken. Raises LineError, OSError."""
    piece = Piece(file)
    return ordeal(None, lambda engine, dice: Musician(engine, dice, piece), seconds, faults, injuries, seed, json)
