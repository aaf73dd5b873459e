"""The one table of commands. OSC, the prompt, the command line, the help and the reference page are made from it.

A handler gets the call, with its arguments and its ways to answer, and the parts of the address that stand for capitals in the
pattern; it raises `Refusal` for what is not carried out. What ends as a log entry is answered when it is applied.
"""
from dataclasses import dataclass
from difflib import get_close_matches


class Refusal(ValueError):
    """A command that is not carried out: `code` for machines, a sentence that says what to do for people."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Command:
    """One row: address with placeholders in capitals, arguments as people write them, one line of help, the name of its handler."""

    address: str
    usage: str
    help: str
    handler: str

    @property
    def line(self) -> str:
        """Address and arguments, as a person would write them."""
        return f"{self.address} {self.usage}".strip()

    @property
    def parts(self) -> list[str]:
        return self.address.split("/")[1:]


TABLE = (
    Command("/test", "", "an audible tone that proves the path", "test"),
    Command("/mod/ID/PARAM", "[VALUE]", "sets a parameter of a module; without a value, asks for it", "mod"),
    Command("/gate/ID", "0|1|VELOCITY", "opens or closes the gate of a module", "gate"),
    Command("/panic", "", "closes every gate and forgets what waits", "panic"),
    Command("/record/start", "[NAME]", "records what is heard into the session's folder", "record_start"),
    Command("/record/stop", "", "ends the recording; answers file, first frame, frames, sha256", "record_stop"),
    Command("/record/status", "", "what is being recorded", "record_status"),
    Command("/patch/list", "", "the modules of the patch that plays", "patch_list"),
    Command("/status", "", "all about the engine, as JSON", "status"),
    Command("/engine/status", "", "the same", "status"),
    Command("/engine/stop", "", "ends the engine, recordings and journal closed", "stop"),
    Command("/sync", "N", "answers /synced N when all before it is applied", "sync"),
    Command("/notify", "0|1", "tells this client what happens to the engine", "notify"),
    Command("/ack", "0|1", "answers every command of this client with /done and its frame", "ack"),
    Command("/version", "", "name and version of the engine", "version"),
)


def is_placeholder(part: str) -> bool:
    return part.isupper()


def find(address: str) -> tuple[Command, list[str]]:
    """The command at an address, and what stands for its placeholders. Raises Refusal with the nearest address."""
    parts = address.split("/")[1:]
    for command in TABLE:
        if len(command.parts) == len(parts) and all(is_placeholder(p) or p == given for p, given in zip(command.parts, parts)):
            return command, [given for p, given in zip(command.parts, parts) if is_placeholder(p)]
    raise Refusal("unknown-address", f"no command {address}{_nearest(address, parts)}")


def _nearest(address: str, parts: list[str]) -> str:
    same_verb = [c for c in TABLE if parts and c.parts[0] == parts[0]]
    if same_verb:
        return f"; write {' or '.join(c.line for c in same_verb[:4])}"
    fixed = {"/" + "/".join(p for p in c.parts if not is_placeholder(p)): c.line for c in TABLE}
    near = get_close_matches(address.lower(), fixed, 1, 0.5) or get_close_matches("/" + "".join(parts[:1]).lower(), fixed, 1, 0.5)
    return f"; did you mean {fixed[near[0]]}?" if near else "; /status tells what plays, `chronus send --help` lists all commands"


def arguments(command: Command, given: tuple, low: int, high: int) -> tuple:
    """The arguments if there are as many as the command takes. Raises Refusal."""
    if not low <= len(given) <= high:
        raise Refusal("count", f"{command.address} takes {command.usage or 'no arguments'}, not {len(given)} argument{'s' * (len(given) != 1)}")
    return given


def switch(command: Command, given: tuple) -> bool:
    """A 0 or 1. Raises Refusal."""
    (value,) = arguments(command, given, 1, 1)
    if value not in (0, 1):
        raise Refusal("range", f"{command.address} takes 0 or 1, not {value!r}")
    return bool(value)
