"""What the engine says, as people read it at the prompt: patches drawn, lists listed, news as one sentence each.

In a pipe nothing of this is done: programs get the answers as they came.
"""
import json
from pathlib import Path

from chronus.faces.client import Reply, show
from chronus.faces.meters import meter_lines
from chronus.faces.patch_text import patch_text
from chronus.faces.patches import learn_modules
from chronus.patch.graph import Patch, PatchError

GOOD, BAD = "·", "!"


def readable(reply: Reply, width: int = 80, session: Path | None = None) -> str:
    """An answer as text of one line or more. `session` is the folder that keeps the user's modules that play."""
    draw = DRAWN.get(reply.address)
    if not reply.ok or reply.frame is not None or draw is None:
        return reply.line()
    try:
        data = json.loads(reply.args[0])
        return draw(data, width, session)
    except (ValueError, LookupError, TypeError, AttributeError):
        return reply.line()


def patch(data: dict, width: int, session: Path | None) -> str:
    learn_modules(session)
    try:
        return patch_text(Patch.from_dict(data), width)
    except PatchError:                       # a module that only the engine knows
        return json.dumps(data, ensure_ascii=False, indent=1)


def difference(lines: list[str], *_) -> str:
    return "\n".join(lines) or "no difference: both sound the same"


def history(rows: list[dict], *_) -> str:
    wide = max(len(str(row["number"])) for row in rows)
    return "\n".join(f"{'->' if row['current'] else '  '} {row['number']:>{wide}}  {row['summary']}  ({row['who']})" for row in rows)


def names(found: dict[str, str], width: int, _) -> str:
    """Names by what they are: "built-in: default, drone ..."."""
    kinds = {}
    for name, kind in found.items():
        kinds.setdefault(kind, []).append(name)
    return "\n".join(f"{kind}: {', '.join(each)}" for kind, each in kinds.items())


def fields(data: dict, *_) -> str:
    from chronus.faces.report import cell
    wide = max(map(len, data))
    return "\n".join(f"{name.ljust(wide)}  {cell(value)}" for name, value in data.items())


def meters(data: dict, width: int, _) -> str:
    return "\n".join(meter_lines(data, width))


DRAWN = {"/patch/show": patch, "/patch/diff": difference, "/patch/history": history, "/patch/list": names, "/module/types": names,
         "/meters": meters, "/status": fields, "/engine/status": fields}

# News: address, whether it is good, and the sentence that its arguments make.
SENTENCES = {
    "/module/added": (GOOD, "{0} can be played: {1}"),
    "/module/refused": (BAD, "{0} is refused, and nothing was changed: {1}"),
    "/module/bypassed": (BAD, "{2}"),
    "/module/quarantined": (BAD, "{2}"),
    "/module/returned": (GOOD, "{2}"),
    "/patch/compiling": (GOOD, "compiling {0}; once, a second or so each"),
    "/patch/reading": (GOOD, "reading {0}"),
    "/patch/committed": (GOOD, "committed: {1} plays now, {2:.8}"),
    "/patch/rolled_back": (BAD, "the commit was taken back: {1}"),
    "/patch/warning": (BAD, "{0}: {1}"),
    "/midi/changed": (GOOD, "{0} has changed what MIDI means here"),
    "/midi/learned": (GOOD, "{0} is turned by controller {2} of MIDI channel {1} from now on"),
    "/late": (BAD, "{0} came {1} frames too late, and was done at once"),
    "/xrun": (BAD, "{1} blocks came too late so far; `chronus doctor` says what helps"),
    "/replica/lost": (GOOD, "{1} was lost and is being replaced; the other one plays"),
    "/replica/joined": (GOOD, "{1} again"),
    "/replica/disagreement": (BAD, "the replicas disagreed: {1}"),
    "/process/ended": (GOOD, "{1} ended and is being replaced"),
    "/process/resting": (BAD, "{1}"),
    "/module/fault": (BAD, "a process ended in a module: {1}"),
}


def news_line(address: str, args) -> str:
    """One piece of news as a line. What is not known is shown as it came."""
    mark, sentence = SENTENCES.get(address, (GOOD, ""))
    try:
        return f"{mark} {sentence.format(*args) or ' '.join(map(show, (address, *args)))}"
    except (IndexError, ValueError):
        return f"{mark} {' '.join(map(show, (address, *args)))}"
