"""Which module plays each word of a pattern, and which knob places what a module plays in the stereo field: that of a pan or a channel strip that it
goes into, and nothing else does.
"""

import re
from collections.abc import Iterable

from chronus.control.commands import Refusal
from chronus.music.pattern_score import words_of
from chronus.music.patterns.values import note_of
from chronus.music.score import ScoreError
from chronus.patch.errors import suggestion
from chronus.patch.graph import Patch

DRUMS = {"bd": "kick", "kd": "kick", "sn": "snare", "sd": "snare", "hh": "hat", "oh": "hat", "ch": "hat", "cp": "clap", "lt": "tom", "mt": "tom", "ht": "tom",
         "rs": "rim", "cb": "cowbell", "cr": "cymbal", "rd": "cymbal"}               # as live coders shorten them
KNOBS = {"pan": "position", "strip": "pan"}             # of a type of module


def places(patch: Patch, ids: Iterable[str]) -> dict[str, str]:
    """The knobs as module/param, by those modules of `ids` that have one."""
    found = {}
    for id_ in sorted(set(ids) & patch.modules.keys()):
        leads = [cable.target for cable in patch.cables if cable.source == id_ and cable.inlet == "audio" and patch.modules[cable.target].type in KNOBS]
        if len(leads) == 1 and all(cable.source == id_ for cable in patch.cables if cable.target == leads[0] and cable.inlet == "audio"):
            found[id_] = f"{leads[0]}/{KNOBS[patch.modules[leads[0]].type]}"
    return found


def is_note(word: str) -> bool:
    """Whether a word of a pattern says a number: a note, or a degree of a scale."""
    return word == "" or note_of(word) is not None or re.fullmatch(r"-?\d+(\.\d+)?", word) is not None


def kit(patch: Patch, text: str, target: str, seed: int) -> dict[str, dict[str, str]]:
    """Which module plays each word of a pattern: the one of that name, or the first drum that the word is short for; and what places them. Raises
    Refusal.
    """
    found = {}
    try:
        words = words_of(text, seed)
    except ScoreError as error:
        raise Refusal("range", str(error)) from None
    gates = [m for m in patch.modules.values() if m.declaration.param("gate")]
    for word in sorted(words):
        drum = next((m.id for m in gates if m.id == word), None) or next((m.id for m in gates if m.type == DRUMS.get(word, word)), None)
        if drum:
            found[word] = drum
        elif not target and not is_note(word):
            raise Refusal("unknown-module", f"no module plays '{word}'{suggestion(word, [m.id for m in gates])}; patch a drum, or say whose notes these are: "
                                            "/pat ID PATTERN INSTRUMENT")
        elif not is_note(word):
            raise Refusal("unknown-module", f"'{word}' is neither a note nor a module with a gate{suggestion(word, [m.id for m in gates])}")
        elif not target:
            raise Refusal("unknown-module", f"'{word or text[:40]}' is a note, and nothing plays it; say who does: /pat ID PATTERN INSTRUMENT")
    return {"kit": found, "places": places(patch, {*found.values(), target})}
