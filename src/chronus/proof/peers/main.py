"""`chronus bench peers`: the table of how many times faster this engine renders the same work than those that people use."""

import sys
from collections.abc import Callable
from pathlib import Path

from chronus.faces.progress import bar
from chronus.faces.report import show_fields, show_table
from chronus.proof.peers import csound, dawdreamer, faust, ours, puredata, pyo, scsynth, signalflow
from chronus.proof.peers.install import install, place
from chronus.proof.peers.peer import Peer
from chronus.proof.peers.race import Contestant, race, times_real_time
from chronus.proof.peers.works import BLOCK, RATE, TITLES

PEERS = (scsynth.PEER, csound.PEER, puredata.PEER, faust.PEER, dawdreamer.PEER, pyo.PEER, signalflow.PEER)
SECONDS, SHORTEST, ROUNDS = 20.0, 3.0, 5
PROMISED = {("W1", "scsynth"): 7.0, ("W1b", "scsynth"): 7.0, ("W2", "scsynth"): 5.0, ("W2", "scsynth Klang"): 2.5, ("W4", "scsynth"): 5.0,
            ("W5", "DawDreamer"): 9.0, ("W3", "Faust"): 1.5, ("W3x16", "scsynth"): 4.0}      # ours / theirs
PROMISED_WAY = {("W1", "pristine_saw"): ("Pure Data", 4.0)}      # of one of our ways: against whom


class Unknown(ValueError):
    """What was asked for makes no sense; the message says what does."""


def measure(seconds: float = SECONDS, only: tuple[str, ...] = (), engines: tuple[str, ...] = (), rounds: int = ROUNDS,
            tell: Callable[[str, dict], None] | None = None) -> dict:
    """Times real time of each engine and work, ours beside theirs, or beside those of `engines`; `ok` where our own renders were right. Raises
    Unknown where it makes no sense.

    `tell(work, rows)` hears of each work as it is done, since all take the better part of an hour.
    """
    for found, there, what in ((only, TITLES, "work"), (engines, [peer.name for peer in PEERS], "engine")):
        for name in found:
            if name not in there:
                raise Unknown(f"there is no {what} {name!r}; there is {', '.join(there)}")
    if seconds < SHORTEST:
        raise Unknown(f"it takes {SHORTEST:g} seconds at least")
    where = place()
    install(where)
    versions, left_out = available(where)
    contestants = [Contestant(peer, work, way) for work in only or TITLES for peer in (ours.PEER, *PEERS)
                   if peer.name in versions and (not engines or peer.name in (ours.PEER.name, *engines)) for way in peer.ways.get(work, ())]
    done = {}
    for work in only or TITLES:
        racing = [contestant for contestant in contestants if contestant.work == work]
        with bar(f"peers, {work}") as progress:
            race(racing, where, seconds, rounds, progress)
        left_out |= {f"{work} {contestant.name}": contestant.wrong for contestant in racing if contestant.wrong}
        own = next((contestant for contestant in racing if contestant.peer is ours.PEER and not contestant.way), None)
        done[work] = rows([contestant for contestant in racing if not contestant.wrong], own, seconds)
        if tell:
            tell(work, done[work])
    return {"works": done, "versions": versions, "left_out": left_out, "rate": RATE, "block": BLOCK, "seconds": seconds, "rounds": rounds,
            "ok": not any(contestant.wrong for contestant in contestants if contestant.peer is ours.PEER)}


def available(where: Path) -> tuple[dict[str, str], dict[str, str]]:
    """{engine: version} of those that are there, {engine: what is missing} of the others."""
    versions, left_out = {}, {}
    for peer in (ours.PEER, *PEERS):
        try:
            versions[peer.name] = peer.find(where)
        except LookupError as error:
            left_out[peer.name] = str(error)
    return versions, left_out


def rows(contestants: list[Contestant], own: Contestant | None, seconds: float) -> dict:
    """{engine: its figures} for one work, the fastest first."""
    speeds = {contestant.name: times_real_time(contestant, seconds) for contestant in contestants}
    mine, found = speeds[own.name] if own and not own.wrong else None, {}
    for contestant in contestants:
        speed = speeds[contestant.name]
        ratio, promised, other = mine / speed if mine and speed else None, PROMISED.get((contestant.work, contestant.name)), ""
        if contestant.peer is ours.PEER:
            other, promised = PROMISED_WAY.get((contestant.work, contestant.way), ("", None))
            ratio = speed / speeds[other] if speed and speeds.get(other) else None
        found[contestant.name] = {"times_real_time": rounded(speed), "ours_by_theirs": rounded(ratio), "against": other, "promised": promised,
                                  "kept": ratio >= promised if ratio and promised else None, "seconds": [round(each, 3) for each in contestant.seconds]}
    return dict(sorted(found.items(), key=lambda item: -(item[1]["times_real_time"] or 0.0)))


def rounded(value: float | None) -> float | None:
    return value and float(f"{value:.3g}")


def show_work(work: str, found: dict) -> None:
    """The table of one work for people."""
    table = [[name + f" (by {row['against']})" * bool(row["against"]), row["times_real_time"], row["ours_by_theirs"], row["promised"], row["kept"], row["seconds"]] for name, row in found.items()]
    show_table(f"{work}, {TITLES[work]}, on one core at {RATE} Hz in blocks of {BLOCK}",
               ["engine", "times real time", "ours by theirs", "promised", "kept", "s for it, each round"], table)
    sys.stdout.flush()


def show(result: dict) -> None:
    """For people: who raced, and who did not."""
    show_fields("the engines", result["versions"])
    if result["left_out"]:
        show_fields("left out", result["left_out"])
