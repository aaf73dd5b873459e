"""The verbs that put the engine to the proof: chaos injures it, bench measures it."""

from pathlib import Path

from chronus.faces.report import Json, complain


def chaos(*, seconds: float = 30.0, commits: int = 0, piece: Path | None = None, faults: int = 60, only: str = "", seed: int = 1,
          json: Json = False) -> int:
    """Injures a playing engine and compares what was played with the unharmed render. Exit code 1: a promise was broken.

    Args:
        seconds: How long it plays, on the null device.
        commits: How many random edits of the patch are committed meanwhile, one after the other; then they decide how long it plays.
        piece: Script of a piece that plays, such as examples/live-set.txt, in place of the patch and the song that are made for this.
        faults: How many times something is killed or stopped.
        only: The one fault that is injected, such as F-07; all kinds if left out.
        seed: Of the faults, of the commands and of the edits.
    """
    from chronus.proof.injuries import INJURIES, INJURIES_OF_COMMITS, UnknownFault, of_kind
    try:
        injuries = of_kind(only, INJURIES_OF_COMMITS if commits > 0 else INJURIES)
    except UnknownFault as error:
        return complain(str(error))
    if commits > 0:
        from chronus.proof.commits import run as run_commits
        return run_commits(commits, faults, injuries, seed, json)
    if piece is not None:
        from chronus.faces.words import LineError
        from chronus.native.build import CacheError
        from chronus.proof.piece import run as run_piece
        try:
            return run_piece(piece, seconds, faults, injuries, seed, json)
        except (LineError, OSError, CacheError) as error:
            return complain(str(error))
    from chronus.proof.chaos import run
    return run(seconds, faults, injuries, seed, json)


def bench(what: str | None = None, /, *, tries: int = 2_000, lead: int = 4, seconds: float = 20.0, works: str = "", engines: str = "",
          store: bool = False, json: Json = False) -> int:
    """Measures the engine on this machine. Exit code 1: something was lost.

    Args:
        what: latency, midi, commit, burst, flood, render, sequencer, start, modules, patches; all if left out. Or peers, which races other engines.
        tries: How many messages latency and midi send, and, up to 100, how many patches commit swaps.
        lead: Blocks that are rendered ahead of what is heard.
        seconds: How long peers lets each engine play.
        works: What peers has them play, such as W1,W5; all works if left out.
        engines: Whom peers races besides our own, such as "scsynth,Pure Data"; all if left out.
        store: Keep the figures of modules and patches, in bench/stored of a checkout, for later runs on such a processor to be compared with.
    """
    from chronus.proof.bench.main import run
    return run(what, tries=tries, lead=lead, seconds=seconds, works=tuple(filter(None, works.split(","))),
               engines=tuple(filter(None, engines.split(","))), store=store, json=json)
