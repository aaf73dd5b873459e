"""From what was said of a sequencer, as data that is journaled, to the score that it plays: steps, patterns, arpeggios, scenes and songs."""

from dataclasses import replace

from chronus import limits
from chronus.music import pattern_score
from chronus.music.score import ARPEGGIOS, Event, Score, ScoreError, in_order
from chronus.music.steps import Lane, Steps, read_division, read_notes
from chronus.music.steps import score as score_of_steps

MOST_OCTAVES = 8
ONCE_IN = 65_535                        # passes: what is played in the first of so many is not played again


def compose(said: dict) -> Score:
    """The score of a sequencer. Raises ScoreError."""
    return replace(KINDS[said["kind"]](said), text=said)


def steps_of(said: dict) -> Steps:
    """A step sequence as data, read."""
    lanes = tuple(Lane(knob, tuple(lane["values"]), lane["smooth"]) for knob, lane in said["lanes"].items())
    return Steps(said["target"], said["plays"], said["pattern"], read_notes(said["notes"]), lanes, read_division(said["step"]), said["gate"], said["swing"],
                 said["transpose"], said["velocity"], said["direction"], said["seed"], said["once"], tuple(said["keys"]))


def steps(said: dict) -> Score:
    """Steps, hits and lanes; without any an empty bar."""
    given = steps_of(said)
    return score_of_steps(given) if given.pattern or given.lanes else Score((), 4.0, given.once, given.seed)


def arpeggio(said: dict) -> Score:
    """A rhythm whose notes are those that are held on it."""
    if said["mode"] not in ARPEGGIOS:
        raise ScoreError(f"an arpeggio goes {', '.join(ARPEGGIOS)}, not {said['mode']!r:.40}")
    if not 1 <= said["octaves"] <= MOST_OCTAVES:
        raise ScoreError(f"an arpeggio goes over 1 to {MOST_OCTAVES} octaves, not {said['octaves']!r:.40}")
    played = score_of_steps(replace(steps_of(said | {"notes": [], "plays": "notes", "keys": []}), notes=((0.0,),)))
    events = tuple(replace(event, what="arpeggio") if event.what == "note" else event for event in played.events)
    return replace(played, events=events, arpeggio=said["mode"], octaves=said["octaves"], latch=said["latch"])


def pattern(said: dict) -> Score:
    """A line of the pattern language."""
    return pattern_score.score(said["pattern"], said["target"], said["plays"], said["kit"], said["cycle"], said["gate"], said["velocity"],
                               said["transpose"], said["once"], said["seed"], tuple(said["keys"]), said.get("places", {}))


def scene(said: dict) -> Score:
    """Starts its sequencers and stops those of other scenes; after some bars something else may follow, else it is there until another one is."""
    bar, bars, follows = said["bar"], said["bars"], said["follows"]
    events = [Event(0.0, "stop", id_) for id_ in said["others"]] + [Event(0.0, "start", id_) for id_ in said["members"]]
    if bars and follows == "stop":
        events += [Event(bars * bar, "stop", id_) for id_ in said["members"]]
    elif bars and follows:
        events.append(Event(bars * bar, "start", follows))
    return Score(in_order(events), bars * bar or limits.LONGEST_PASS, once=True)


def song(said: dict) -> Score:
    """One section after the other, each so many bars of one scene; what goes on into the next section, or, where it loops, from the last one into the
    first, is not begun anew.
    """
    events, beat, before = [], 0.0, None
    everybody = sorted({id_ for _, members, _ in said["sections"] for id_ in members} | set(said.get("others", ())))
    last = [] if said["once"] else said["sections"][-1][1]
    for _, members, bars in said["sections"]:
        events += [Event(beat, "stop", id_) for id_ in everybody if id_ not in members and (before is None or id_ in before)]
        events += [Event(beat, "start", id_, every=ONCE_IN * (before is None and id_ in last)) for id_ in members if before is None or id_ not in before]
        beat, before = beat + bars * said["bar"], members
    if said["once"]:
        events += [Event(beat, "stop", id_) for id_ in before]
    return Score(in_order(events), beat, said["once"])


KINDS = {"steps": steps, "pattern": pattern, "arpeggio": arpeggio, "scene": scene, "song": song}
