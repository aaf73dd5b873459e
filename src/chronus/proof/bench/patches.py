"""What each patch of the library costs: the share of a block's time that one core takes to render a block of it, every gate open, with its faster
kernels, which are compiled first where they are not there.
"""

import time

from chronus.faces.progress import bar
from chronus.patch.compiler import compile_patch, source_of
from chronus.patch.library import BUILT_IN, Library
from chronus.replica.offline import Offline
from chronus.shared.log import NOTE, SET, Entry
from chronus.shared.program import key_of
from chronus.shared.score import FULL_VELOCITY
from chronus.workshop.faster import build_faster, missing

RATE, BLOCK = 48_000, 64
BLOCKS, ROUNDS = 150, 15                 # 0.2 s of each patch, in turn with the others
WARM_UP = 100                            # blocks until attacks are over and caches are filled
CHORD = (48, 55, 60, 64)


def measure(names: tuple[str, ...] = (), rounds: int = ROUNDS) -> dict:
    """{patch: {"share": part of a block's time}}, of processor time, the best of 15 rounds in which all patches take turns."""
    library = Library(None)
    names = names or tuple(sorted(name for name, whose in library.names().items() if whose == BUILT_IN))
    with bar("patches") as progress:
        played, seconds = {}, {name: [] for name in names}
        steps = len(names) * (rounds + 1)
        for done, name in enumerate(names, 1):
            played[name] = machine(library.load(name))
            played[name].run(WARM_UP)
            if progress:
                progress(done, steps)
        for number in range(1, rounds + 1):
            for done, name in enumerate(names, 1):
                began = time.thread_time()
                played[name].run(BLOCKS)
                seconds[name].append(time.thread_time() - began)
                if progress:
                    progress(number * len(names) + done, steps)
    shares = {name: {"share": round(min(of) * RATE / (BLOCKS * BLOCK), 5)} for name, of in seconds.items()}
    return {"share_of_a_block": shares, "block": BLOCK, "blocks": BLOCKS, "rounds": rounds, "ok": True}


def machine(patch) -> Offline:
    """The patch at work: all its gates open, a chord on each of its instruments."""
    program = compile_patch(patch, RATE, BLOCK)
    build_faster(missing(source_of(program.words)))
    gates = [Entry(SET, key, 1.0, 0) for (_, name), key in program.knobs.items() if name == "gate"]
    notes = [Entry(NOTE, key_of(id_), float(note), 0, extra=FULL_VELOCITY)
             for id_ in program.modules if id_ in patch.modules and patch.modules[id_].declaration.voices for note in CHORD]
    return Offline([program.words], [*gates, *notes], RATE, BLOCK)
