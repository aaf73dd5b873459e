"""DawDreamer: the programs of Faust, compiled by its own LLVM as it is used from Python."""

from pathlib import Path

from chronus.proof.peers import faust
from chronus.proof.peers.install import python, wheel_version
from chronus.proof.peers.peer import ARRAY, Peer
from chronus.proof.peers.works import BLOCK, RATE

SCRIPT = f"""
import dawdreamer, numpy
engine = dawdreamer.RenderEngine({RATE}, {BLOCK})
work = engine.make_faust_processor("work")
work.set_dsp_string(open("work.dsp").read())
work.compile()
engine.load_graph([(work, [])])
engine.render(SECONDS)
numpy.save("{ARRAY}", engine.get_audio().T)
"""


def find(place: Path) -> str:
    return wheel_version(place, "dawdreamer")


def prepare(place: Path, work: str, way: str, seconds: float, folder: Path) -> list[str]:
    if work == "W2":
        raise LookupError("its compiler takes more than two minutes for 1,000 sines, at every start")
    (folder / "work.dsp").write_text(faust.text(work))
    (folder / "work.py").write_text(SCRIPT.replace("SECONDS", str(seconds)))
    return [str(python(place)), "work.py"]


PEER = Peer("DawDreamer", faust.PEER.ways, find, prepare)
