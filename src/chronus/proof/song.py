"""The song that plays while processes are injured: every kind of sequencer on the voices of `proof.engine.busy_patch`, changed amid the music."""

import random

from chronus.control.replay import MOVED, PLAYED, SCORED

PATTERNS = ("X...x...", "x.x-x*3?", "..x?30.X*2", "x-x-.xx", "x*4?60...", "X..x..x.")
LINES = ("tempo 174.3", "seq/create beat env0 X...x...X...x.x.", "seq/create off env1 ..x.", "seq/create roll env2 x*3?.x-x.x*2", "seq/swing off 0.31",
         "seq/create sweep", "seq/param_lane sweep low0/cutoff 300 2500 900 5000 smooth", "seq/param_lane sweep pan1/position -1 0.5 . 1",
         "seq/config sweep step 1/8t", "seq/create bass keys x.xx.x-.x?", "seq/notes bass c2 eb2 g1 c2+g2",
         "seq/config bass direction pingpong step 1/8 gate 0.9", "seq/bpm roll 131.7",
         "arp/create run keys mode up-down octaves 3 latch 1 pattern X.xx step 1/16t", "note/run c4 0.7 1.5", "note/run eb4 0.9 1.5", "note/run bb4 0.5 1.5",
         "scene/set intro beat sweep", "scene/set verse beat off bass sweep run", "scene/set chorus beat roll bass run",
         "song/set whole intro:1 verse:2 chorus:2 loop", "song/play whole now")
# what the journal has of an acknowledged command
JOURNALED = {**dict.fromkeys(("/seq/create", "/seq/pattern", "/seq/notes", "/seq/progression", "/seq/param_lane", "/seq/config", "/seq/swing", "/seq/assign",
                              "/seq/gate_len", "/pat", "/scene/set", "/scene/follow", "/song/set"), SCORED),
             **dict.fromkeys(("/seq/start", "/seq/stop", "/seq/continue", "/seq/reset", "/seq/bpm", "/scene/play", "/song/play", "/arp/create"), MOVED),
             "/note/run": PLAYED}


def begin(door) -> None:
    """Makes all and plays it. `door` sends."""
    for line in LINES:
        address, *words = line.split()
        door.send("/" + address, *map(argument, words))


def argument(word: str):
    try:
        return float(word)
    except ValueError:
        return word


def change(door, dice: random.Random) -> None:
    """Another pattern, tempo, swing, place in the song, or note for the arpeggio."""
    place, roll = dice.choice(("now", "beat", "bar", "loop")), dice.random()
    if roll < 0.5:
        door.send("/seq/pattern", dice.choice(("beat", "off", "roll", "bass", "run")), dice.choice(PATTERNS), place)
    elif roll < 0.65:
        door.send("/tempo", dice.uniform(60.0, 200.0), dice.choice(("now", "bar")), dice.choice((0.0, 0.5)))
    elif roll < 0.75:
        door.send("/seq/swing", dice.choice(("beat", "off")), dice.uniform(0.0, 0.6), place)
    elif roll < 0.85:
        door.send("/seq/bpm", "roll", dice.choice((0.0, 97.3, 131.7)))
    elif roll < 0.95:
        door.send("/note/run", dice.randrange(48, 84), dice.uniform(0.2, 1.0), 0.4)
    else:
        door.send(dice.choice(("/song/play", "/seq/reset")), "whole", dice.choice(("beat", "bar")))
