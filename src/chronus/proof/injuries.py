"""The faults that chaos injects, by their ids in the table of promises: what is done, and what may happen then."""

import os
import signal
from dataclasses import dataclass, field

from chronus import linux
from chronus.patch.errors import suggestion
from chronus.proof.engine import Engine
from chronus.shared import layout as at

REDUNDANT_SECONDS = 1.0
COMMANDS_SECONDS = 2.0
GAPS = {"F-04": 0.5, "F-07": 0.1}       # seconds that may be missing, by fault; in all others not a block may


@dataclass
class Injury:
    """One fault that was injected: when (monotonic ns), where (block), and how it went."""

    fault: str
    what: str
    time: int
    block: int
    recovered: int = 0
    asked: int = 0                      # when the next supervisor was started, where that is what has to be waited for
    longest_gap_ns: int = 0
    held_up_ms: float = 0.0             # how long the host held up somebody who only slept, meanwhile
    notes: list = field(default_factory=list)
    refused: int = 0                    # commits, and edits of them, because of it

    def ends_commits(self) -> bool:
        """Whether who makes a commit, or tries it out, was killed."""
        return self.what in (killing("rehearsal"), killing("control"))

    def seconds(self) -> float:
        """From the fault, or from the start of the next supervisor, to two replicas in step again."""
        return (self.recovered - (self.asked or self.time)) / 1e9


class UnknownFault(ValueError):
    """Nothing is injected under this id; the message says what is."""


def killing(role: str) -> str:
    return f"kill -9 of the {role}"


def kill_replica(engine: Engine, dice) -> str:
    slot = dice.randrange(2)
    leads = engine.memory[at.LEADER] == slot
    linux.kill(engine.pid(f"replica {slot}"))
    return f"kill -9 of the {'leading' if leads else 'trailing'} replica"


def stop_replica(engine: Engine, dice) -> str:
    slot = dice.randrange(2)
    linux.kill(engine.pid(f"replica {slot}"), signal.SIGSTOP)
    return f"SIGSTOP of the {'leading' if engine.memory[at.LEADER] == slot else 'trailing'} replica"


def kill_role(role: str):
    def injure(engine: Engine, dice) -> str:
        linux.kill(engine.pid(role))
        return killing(role)
    return injure


def kill_any(*roles: str):
    def injure(engine: Engine, dice) -> str:
        return kill_role(dice.choice(roles))(engine, dice)
    return injure


def kill_both(engine: Engine, dice) -> str:
    for slot in (0, 1):
        linux.kill(engine.pid(f"replica {slot}"))
    return "kill -9 of both replicas"


def kill_supervisor(engine: Engine, dice) -> str:
    linux.kill(engine.process.pid)
    os.waitpid(engine.process.pid, 0)
    engine.process.returncode = -9
    return "kill -9 of the supervisor"


# fault, how often of 100, what is done
INJURIES = (("F-01", 46, kill_replica), ("F-02", 14, stop_replica), ("F-03", 10, kill_role("control")), ("F-04", 6, kill_role("device")),
            ("F-05", 4, kill_supervisor), ("F-06", 12, kill_any("zygote", "recorder", "midi")), ("F-07", 8, kill_both))
# while patches are swapped: only what may not lose a block
INJURIES_OF_COMMITS = (("F-01", 50, kill_replica), ("F-02", 8, stop_replica), ("F-03", 17, kill_role("control")),
                       ("F-06", 25, kill_any("rehearsal", "zygote", "recorder", "midi")))


def of_kind(fault: str, injuries: tuple) -> tuple:
    """Those of some injuries that have this id; all for "". Raises UnknownFault."""
    found = tuple(injury for injury in injuries if fault in ("", injury[0]))
    if not found:
        raise UnknownFault(f"no fault {fault!r} is injected here{suggestion(fault, [id_ for id_, _, _ in injuries])}")
    return found


def plan(dice, span: float, count: int, injuries: tuple) -> list[tuple[float, str, object]]:
    """`count` faults at random places in `span` (seconds, or commits), each kind at least once where there are enough: (place, id, what is done)."""
    kinds = [(fault, act) for fault, _, act in injuries][:count]
    weights = [weight for _, weight, _ in injuries]
    kinds += [(fault, act) for fault, _, act in dice.choices(injuries, weights, k=count - len(kinds))]
    dice.shuffle(kinds)
    times = sorted(dice.uniform(0.5, max(1.0, span - 2.0)) for _ in kinds)
    return [(when, fault, act) for when, (fault, act) in zip(times, kinds)]
