"""How loud it is: the meters of the channel strips, which stand in the state of the replica that leads, and what was played, from the tap.

Levels are decibels against full scale: 0 dB is a sample of 1, and a sine of that height has an RMS of -3 dB. Nothing here writes.
"""
import numpy as np

from chronus import limits
from chronus.control.playing import Playing, rows_that_play
from chronus.modules.registry import modules
from chronus.shared import layout as at
from chronus.shared import program as pr
from chronus.shared.memory import Memory

STRIP = "strip"
SILENCE = 1e-6                          # -120 dB is the least that is shown
WINDOW_SECONDS = 0.3                    # of the output's RMS; the strips' meters take the mean over as long
FALL_SECONDS, SEEN_SECONDS = 1.7, 5.1   # a peak falls by 20 dB in so long, and is forgotten after 60


class Meters:
    """`clipped` counts samples of the output at full scale or beyond it, on either side, since control began, and in the 21 s before. [control]"""

    def __init__(self, memory: Memory):
        self.memory, self.clipped = memory, 0
        self.counted = max(0, memory[at.PLAYED] - limits.TAP_RING_BLOCKS // 2)

    def turn(self) -> None:
        """Counts what was clipped since the last call; at least every 10 s, or some is missed."""
        played = self.memory[at.PLAYED]
        self.clipped += int((np.abs(self.played(max(self.counted, played - limits.TAP_RING_BLOCKS // 2), played)) >= 1.0).sum())
        self.counted = played

    def played(self, first: int, until: int) -> np.ndarray:
        """The samples of some blocks as they were played, of shape (frames, 2)."""
        memory, frames = self.memory, self.memory[at.H_BLOCK]
        ring = np.ndarray((limits.TAP_RING_BLOCKS, memory[at.H_TAP_STRIDE] // 4), np.float32, memory.map, memory[at.H_TAP])
        first_sample = at.TAP_SAMPLES // 4
        return ring[np.arange(first, until) % limits.TAP_RING_BLOCKS, first_sample:first_sample + at.CHANNELS * frames].reshape(-1, at.CHANNELS)

    def read(self, playing: Playing) -> dict:
        """All meters as JSON data: of each strip, and of `out`, `peak` and `rms` on the left and on the right."""
        self.turn()
        memory = self.memory
        rate, frames, until = memory[at.H_RATE], memory[at.H_BLOCK], memory[at.PLAYED]
        sound = self.played(max(0, until - round(SEEN_SECONDS * rate / frames)), until)
        peaks = np.abs(sound.reshape(-1, frames, at.CHANNELS)).max(axis=1)
        falls = 0.1 ** (frames / (FALL_SECONDS * rate) * np.arange(len(peaks))[::-1, None])
        power = np.square(sound[-max(frames, round(WINDOW_SECONDS * rate)):].astype(np.float64)).mean(axis=0) if len(sound) else np.zeros(at.CHANNELS)
        peak = (peaks * falls).max(axis=0, initial=0.0)
        return {"frame": until * frames, "strips": self.strips(playing),
                "out": {"peak": decibels(peak), "rms": decibels(np.sqrt(power)), "clipped": self.clipped}}

    def strips(self, playing: Playing) -> dict:
        """Of each strip that reaches the output its levels, mute and solo, and whether it is heard: neither muted nor silenced by others' solo."""
        begin, rows = rows_that_play(self.memory)
        names = [value.name for value in modules()[STRIP].values]
        found = {}
        for row in rows[rows[:, pr.R_TYPE // 8] == pr.key_of(STRIP)]:
            id_ = playing.names.get(int(row[pr.R_KEY // 8]), ("?",))[0]
            state = self.memory.floats(begin + int(row[pr.R_STATE // 8]), len(names) * at.CHANNELS).reshape(-1, at.CHANNELS).astype(np.float64)
            of = dict(zip(names, state))
            turned = {name: value > 0.5 for (_, name), value in playing.values(((id_, "mute"), (id_, "solo"))).items()} if id_ in playing.patch.modules else {}
            found[id_] = {"peak": decibels(of["peak"]), "rms": decibels(np.sqrt(of["power"])), **turned, "heard": bool(of["closed_out"][0] < 0.5)}
        return {id_: found[id_] for id_ in playing.patch.modules if id_ in found}


def decibels(levels: np.ndarray) -> list[float]:
    return [round(float(db), 2) for db in 20.0 * np.log10(np.maximum(levels, SILENCE))]
