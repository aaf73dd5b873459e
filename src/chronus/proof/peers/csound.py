"""Csound, rendering a .csd to a file. As its users do it: notes from the score, cutoffs at control rate (every 64 frames)."""

from pathlib import Path

from chronus.proof.peers import works
from chronus.proof.peers.install import program
from chronus.proof.peers.peer import SOUND, Peer
from chronus.proof.peers.works import BLOCK, CHANNELS, RATE, voices

PAGE = """<CsoundSynthesizer>
<CsInstruments>
sr = {rate}
ksmps = {block}
nchnls = {channels}
0dbfs = 1
gisine ftgen 0, 0, 65536, 10, 1
{instruments}
</CsInstruments>
<CsScore>
{score}
e {seconds}
</CsScore>
</CsoundSynthesizer>
"""
ENVELOPE = f"madsr {works.ATTACK}, {works.DECAY}, {works.SUSTAIN}, {works.RELEASE}"

SUBTRACTIVE = f"""
instr 1                                  ; p4 Hz, p5 level, p6 pan from 0 to 1
kopen {ENVELOPE}
ashape {ENVELOPE}
alow vco2 1, p4
ahigh vco2 1, p4 * {works.DETUNE}
afiltered lowpass2 alow + ahigh, {works.CUTOFF} + {works.OPENING} * kopen, {works.Q}
aleft, aright pan2 afiltered * ashape * p5, p6
outs aleft, aright
endin"""
SINES = """
instr 1
asine oscili p5, p4, gisine
out asine
endin"""
OPERATORS = f"""
instr 1
ashape {ENVELOPE}
afour phasor p4 * {works.RATIO}
afour tablei afour, gisine, 1, 0, 1
athree phasor p4 * {works.RATIO}
athree tablei athree + afour * {works.DEPTH} / 6.283185307, gisine, 1, 0, 1
atwo phasor p4 * {works.RATIO}
atwo tablei atwo + athree * {works.DEPTH} / 6.283185307, gisine, 1, 0, 1
aone phasor p4
aone tablei aone + atwo * {works.DEPTH} / 6.283185307, gisine, 1, 0, 1
out aone * ashape * p5
endin"""
FILTERS = f"""
ganoise init 0
instr 1
ganoise rand 1, 0.5, 1
endin
instr 2
afiltered lowpass2 ganoise, p4, {works.Q}
out afiltered * p5
endin"""
CHAINS = f"""
instr 1
asaw vco2 p5, p4
aleft oscili {works.SWING_MS}, {works.CHORUS_HZ[0]}, gisine
aright oscili {works.SWING_MS}, {works.CHORUS_HZ[1]}, gisine
aleft vdelay asaw, aleft + {works.CHORUS_MS}, 50
aright vdelay asaw, aright + {works.CHORUS_MS}, 50
aleftecho comb asaw + aleft, {3e-3 * works.ECHO_MS / 0.398}, {1e-3 * works.ECHO_MS}
arightecho comb asaw + aright, {3e-3 * works.ECHO_MS / 0.398}, {1e-3 * works.ECHO_MS}
aleft = asaw + aleft + aleftecho
aright = asaw + aright + arightecho
awetleft, awetright freeverb aleft, aright, 0.84, 0.2
outs aleft * {1.0 - works.REVERB} + awetleft * {works.REVERB}, aright * {1.0 - works.REVERB} + awetright * {works.REVERB}
endin"""
INSTRUMENTS = {"W1": SUBTRACTIVE, "W1b": SUBTRACTIVE, "W2": SINES, "W4": OPERATORS, "W5": FILTERS, "W3": CHAINS, "W3x16": CHAINS}


def page(work: str, seconds: float) -> str:
    """The .csd of a work."""
    struck, rows = work in ("W1", "W1b", "W4"), []
    if work == "W5":
        rows.append(f"i 1 0 {seconds}")
    for second in range(int(seconds + 0.999) if struck else 1):
        for voice in voices(work):
            rows.append(f"i {1 + (work == 'W5')} {second} {works.HELD if struck else seconds} {voice.freq} {voice.level} {0.5 + 0.5 * voice.pan:.6f}")
    return PAGE.format(rate=RATE, block=BLOCK, channels=CHANNELS[work], instruments=INSTRUMENTS[work], score="\n".join(rows), seconds=seconds)


def find(place: Path) -> str:
    return program("csound", "--version")


def prepare(place: Path, work: str, way: str, seconds: float, folder: Path) -> list[str]:
    (folder / "work.csd").write_text(page(work, seconds))
    return ["csound", "-d", "-m0", "-W", "-f", "-o", SOUND, "work.csd"]


PEER = Peer("Csound", {work: ("",) for work in INSTRUMENTS}, find, prepare)
