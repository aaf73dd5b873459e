"""Chaos: a busy patch plays a song, commands stream in, processes are injured at random moments, and every sample is held against the unharmed render.

A harmless twin of the same engine plays before and after, so that blocks which a busy host loses by itself are not blamed on a fault. And somebody
only sleeps meanwhile (`proof.host`): who wakes late tells of a host that stood still.
"""
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from chronus.patch.graph import Patch
from chronus.proof import song
from chronus.proof.engine import START_SECONDS, Door, Engine, busy_patch
from chronus.proof.host import Sleepers
from chronus.proof.injuries import COMMANDS_SECONDS, GAPS, REDUNDANT_SECONDS, Injury, plan
from chronus.proof.judgement import AFTERMATH_NS, accused, blame, difference, lost_answers, loudness, passages, shortage, silence_of, summary
from chronus.shared import layout as at

POLL_SECONDS = 0.001
COMMANDS_A_SECOND = 150
TWIN_SECONDS = 30.0                 # on each side, at most half as long as the run itself
VOICES = 8
KEYS = 8                            # voices of the instrument that is played by notes; where there are some, a song plays, too
SONG_CHANGES = 0.03                 # of the commands
PATIENCE_SECONDS = 10.0             # what is not back by then has not come back


class Player:
    """Streams commands into an engine from a seed, and watches what it plays. `journaled` names what the journal has of commands that it sends."""

    journaled = song.JOURNALED

    def __init__(self, engine: Engine, dice: random.Random, voices: int, keys: int = 0):
        self.engine, self.dice, self.voices, self.keys = engine, dice, voices, keys
        self.door = Door(engine.port)
        self.door.send("/ack", 1)
        if keys:
            song.begin(self.door)
        self.next_command = time.monotonic()
        self.played, self.advanced = engine.played(), time.monotonic_ns()
        self.injury: Injury | None = None
        self.injuries: list[Injury] = []
        self.answered = time.monotonic_ns()
        self.began: float | None = None             # when the recording began
        self.memory_sizes = []

    def position(self) -> float:
        """How far the run is: seconds."""
        return time.monotonic() - self.began

    def examine(self, session: Path, recording: Path, first: int, frames: int) -> dict:
        """What is to be known beyond what every run is asked."""
        return {}

    def command(self) -> None:
        """One random command: mostly parameters, some gates, now and then one that must be refused."""
        dice, voice = self.dice, self.dice.randrange(self.voices)
        roll = dice.random()
        if self.keys and dice.random() < SONG_CHANGES:
            song.change(self.door, dice)
        elif roll < 0.3:
            self.door.send(f"/gate/env{voice}", dice.choice((0, 0, 1, 0.5)))
        elif roll < 0.6:
            self.door.send(f"/mod/osc{voice}/freq", dice.uniform(60.0, 2000.0))
        elif roll < 0.8:
            self.door.send(f"/mod/low{voice}/cutoff", dice.uniform(200.0, 8000.0))
        elif roll < 0.97 and (roll < 0.87 or not self.keys):
            self.door.send(f"/mod/pan{voice}/position", dice.uniform(-1.0, 1.0))
        elif roll < 0.97:
            self.door.send("/note/keys", dice.randrange(36, 84), dice.choice((0, 0.5, 1)), *dice.choice(((), (0.3,))))
        else:
            self.door.send(f"/mod/osc{voice}/freq", 1e9)

    def turn(self) -> None:
        """A millisecond of the music: commands, answers, and how long nothing has been played."""
        time.sleep(POLL_SECONDS)
        now = time.monotonic()
        if now >= self.next_command:
            self.next_command = now + self.dice.expovariate(COMMANDS_A_SECOND)
            self.command()
        before = self.door.applied.total()
        self.door.collect()
        if self.door.applied.total() > before:
            self.answered = time.monotonic_ns()
        self.watch()

    def watch(self) -> None:
        """How long nothing has been played. The clock is read on the inner side of what is seen, so that a gap is never longer than it was."""
        now_ns, played = time.monotonic_ns(), self.engine.played()
        if played != self.played:
            self.played, self.advanced = played, time.monotonic_ns()
        elif self.injury is not None:
            self.injury.longest_gap_ns = max(self.injury.longest_gap_ns, now_ns - self.advanced)

    def play(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.turn()


def in_step(engine: Engine) -> bool:
    """Whether two living replicas are in step, everybody is there, and the device has played since it is."""
    memory = engine.memory
    return (memory[at.REDUNDANT] == 1 and memory[at.TICK_NS] != 0 and all(memory.alive(role) for role in at.ROLES)
            and all(memory[at.slot_word(slot, at.HEAD)] > memory[at.PLAYED] for slot in (0, 1)))


def injure(player: Player, fault: str, act) -> Injury:
    """Injects one fault and plays on until all is well again, or for ten seconds."""
    engine = player.engine
    injury = player.injury = Injury(fault, "", time.monotonic_ns(), engine.played())
    pids = engine.memory.pids()
    injury.what = act(engine, player.dice)
    if fault == "F-05":
        player.play(player.dice.uniform(0.3, 1.5))
        injury.asked = time.monotonic_ns()
        take_over(player)
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        player.turn()
        replaced = fault != "F-02" or engine.memory.pids() != pids
        answered = fault != "F-03" or player.answered > injury.time
        if replaced and answered and in_step(engine) and (engine.memory.pids() != pids or fault == "F-05"):
            injury.recovered = time.monotonic_ns()
            break
    else:
        injury.notes.append(f"not recovered within {PATIENCE_SECONDS:g} s")
        injury.recovered = time.monotonic_ns()
    player.injury = None
    limit = {"F-03": COMMANDS_SECONDS, "F-05": PATIENCE_SECONDS}.get(fault, REDUNDANT_SECONDS)
    if injury.seconds() > limit:
        injury.notes.append(f"took {injury.seconds():.2f} s, promised {limit:g} s")
    return injury


def take_over(player: Player) -> None:
    """Starts a supervisor anew, and plays on meanwhile: a gap of the takeover is seen as any other. Raises RuntimeError where it does not start."""
    player.engine.launch()
    deadline = time.monotonic() + START_SECONDS
    while not player.engine.has_spoken() and time.monotonic() < deadline:
        player.turn()
    player.engine.greet()


def underruns(memory) -> list[tuple[int, int]]:
    """(block, time in ns) of the last underruns."""
    head = memory[at.XRUN_HEAD]
    rows = [at.XRUNS + (i % at.XRUN_ENTRIES) * at.XRUN_BYTES for i in range(max(0, head - at.XRUN_ENTRIES), head)]
    return [(memory[row], memory[row + 8]) for row in rows]


def twin(seconds: float, patch: Patch | None, make, seed: int) -> int:
    """Plays without any fault; how often the host alone made it stall."""
    with Engine(patch) as engine:
        player = make(engine, random.Random(seed))
        player.play(1.0)
        began = time.monotonic_ns()
        player.play(seconds)
        player.door.close()
        return len(blame([row for row in underruns(engine.memory) if row[1] > began], [])[1])


def resident(engine: Engine) -> int:
    """Memory that the engine's processes hold beside what is shared and of fixed size, in bytes. Pages that one process has from the fork of
    another count for both: else each death of a relative would look like growth.
    """
    total = 0
    for pid in engine.memory.pids().values():
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        total += 1024 * sum(int(row.split()[1]) for row in status.splitlines() if row.startswith("RssAnon"))
    return total


def injured_run(patch: Patch | None, make, span: float, faults: list, progress) -> dict:
    """The run itself; all that was seen, as numbers. `make` gives the player of an engine, `faults` come when its position is there."""
    with Engine(patch) as engine:
        with Sleepers() as host:
            player = make(engine)
            player.play(0.5)
            player.door.ask("/record/start", "chaos", wanted="/record/start")
            before, rows, player.began = engine.memory[at.UNDERRUNS], set(), time.monotonic()
            for when, fault, act in faults:
                while player.position() < when:
                    player.turn()
                    progress(player, span)
                player.injuries.append(injure(player, fault, act))
                rows.update(underruns(engine.memory))       # the table holds the last 1,024
                player.memory_sizes.append(resident(engine))
                progress(player, span)
            while player.position() < span:
                player.turn()
                progress(player, span)
            player.play(0.5)
            seconds, rate, block = time.monotonic() - player.began, engine.memory[at.H_RATE], engine.memory[at.H_BLOCK]
            rows.update(underruns(engine.memory))
            total, disagreements = engine.memory[at.UNDERRUNS] - before, engine.memory[at.DISAGREEMENTS]
            _, _, file, first, frames, sha256 = player.door.ask("/record/stop", wanted="/record/stop", seconds=30.0)
        player.play(0.3)
        player.door.close()
        engine.end()
        progress(player, span, "comparing with the unharmed render")
        different, largest = difference(engine.session, Path(file), first, frames)
        if different:
            keep(engine.session, passages(engine.session, Path(file), first, frames))
        lost, wronged = lost_answers(engine.session, player.door.applied, player.journaled), accused(engine.session)
        loud, more = loudness(Path(file), frames, rate), player.examine(engine.session, Path(file), first, frames)
    injuries = player.injuries
    for injury in injuries:
        injury.held_up_ms = host.near(injury.time, injury.recovered)
        injury.notes += silence_of(injury)
        injury.notes = [f"{note}; a thread that only slept was held up for {injury.held_up_ms:.0f} ms then" if injury.held_up_ms else note for note in injury.notes]
    during, stalls = blame(sorted(rows, key=lambda row: row[1]), injuries)
    exposed = sum(i.recovered + AFTERMATH_NS - i.time for i in injuries if i.fault not in GAPS) / 1e9
    missing = shortage(seconds, frames / rate, injuries, total * block / rate, sum(held.ms() for held in host.held_up) / 1000)
    return {"injuries": injuries, "seconds": round(seconds, 1), "underruns": total, "underruns_by_fault": during,
            "stalls": dict(Counter(fault for fault, _ in stalls)), "host": host.told(),
            "held_up_at_stalls_ms": [[fault, round(host.near(when, when))] for fault, when in stalls if fault not in GAPS], "exposed_seconds": exposed, "disagreements": disagreements,
            "missing_seconds": missing, "recorded_seconds": round(frames / rate, 1), **loud,
            "frames": frames, "sha256": sha256, "samples_differ": different, "largest_difference": largest, "accused": wronged, "commands": player.door.sent,
            "applied": player.door.applied.total(), "refused": dict(player.door.failed), "acknowledged_and_lost": lost,
            "memory_bytes": player.memory_sizes, **more}


def keep(session: Path, where: list[tuple[int, int]]) -> None:
    """Copies a session whose sound differs from its render, without its recordings, and says where it does: or nobody finds out why."""
    files = [path for path in session.rglob("*") if path.is_file() and path.suffix != ".wav"]          # a socket is none
    place = Path(tempfile.mkdtemp(prefix="chronus-differs-"))
    for path in files:
        (place / path.relative_to(session)).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place / path.relative_to(session))
    print(f"the session is kept in {place}; it differs in the frames {', '.join(f'{a} to {b}' for a, b in where)}", file=sys.stderr)


class Progress:
    """Tells on standard error how far a run is: on a terminal always, else once for every twenty faults, or tenth of the way."""

    def __init__(self, unit: str):
        self.unit, self.told, self.is_terminal = unit, None, sys.stderr.isatty()

    def __call__(self, player: Player | None, span: float, what: str = "injuring") -> None:
        faults, now = (len(player.injuries), min(player.position(), span)) if player else (0, 0)
        news = (what, int(10 * now / span), faults // 20) if not self.is_terminal else (what, int(now), faults)
        if news != self.told:
            self.told = news
            print(f"{what}: {now:.0f} of {span:.0f} {self.unit}, {faults} faults ", end="\r" if self.is_terminal else "\n", file=sys.stderr, flush=True)


def run(seconds: float, faults: int, injuries: tuple, seed: int, json: bool) -> int:
    """`chronus chaos`: the exit status, 1 where a promise was broken."""
    return ordeal(busy_patch(VOICES, KEYS), lambda engine, dice: Player(engine, dice, VOICES, KEYS), seconds, faults, injuries, seed, json)


def ordeal(patch: Patch | None, make, seconds: float, faults: int, injuries: tuple, seed: int, json: bool) -> int:
    """An injured run between two harmless ones; the exit status. `make(engine, dice)` gives who plays."""
    half, dice, progress = min(TWIN_SECONDS, seconds / 2), random.Random(seed), Progress("s")
    progress(None, half, "harmless twin")
    calm = twin(half, patch, make, seed)
    found = injured_run(patch, lambda engine: make(engine, dice), seconds, plan(dice, seconds, faults, injuries), progress)
    progress(None, half, "harmless twin again")
    calm += twin(half, patch, make, seed + 1)
    result = summary(found, (calm, 2 * half), found["seconds"], seed)       # faults that take long make it longer than was asked
    show(result, json)
    return 1 if result["broken"] else 0


def show(result: dict, as_json: bool) -> None:
    """Prints the table, or the object."""
    if as_json:
        print(json.dumps(result))
        return
    print(f"{result['faults']} faults in {result['seconds']:g} s, seed {result['seed']}: {result['samples_differ']} of "
          f"{result['frames'] * at.CHANNELS:,} samples differ from the unharmed render")
    print(f"{'fault':<6} {'times':>5} {'blocks lost':>12} {'recovered, ms: median':>22} {'max':>7} {'longest gap, ms':>16} {'host held up then':>18}")
    for fault, row in result["by_fault"].items():
        print(f"{fault:<6} {row['injected']:>5} {row['blocks_lost']:>12} {row['recovered_ms_median']:>22} {row['recovered_ms_max']:>7} "
              f"{row['longest_gap_ms']:>16} {row['held_up_then_ms']:>18}")
    print(f"the music is {result['rms_dbfs']} dBFS loud (RMS), {result['peak_dbfs']} at its highest; silent for {result['silent_seconds']:g} s, missing "
          f"beside the gaps that are allowed {result['missing_seconds']:g} s")
    print(f"blocks lost while a fault was under way {result['blocks_lost_to_faults']}, at other times {result['blocks_lost_elsewhere']}; stalls of the "
          f"harmless twin {result['stalls_of_the_twin']}")
    print("; ".join([result["host"], *(f"{held} ms of that at a stall during {fault}" for fault, held in result["held_up_at_stalls_ms"])]))
    print(f"commands {result['commands']}, applied {result['applied']}, refused {sum(result['refused'].values())}, acknowledged and lost "
          f"{result['acknowledged_and_lost']}; memory {result['memory_mib'][0]} to {result['memory_mib'][1]} MiB")
    for line in result["broken"]:
        print(f"BROKEN: {line}")
    print("every promise held" if not result["broken"] else f"{len(result['broken'])} promises broken")
