"""What can be typed next at the prompt: addresses, and for each argument what there is of its kind, asked from the engine as it plays."""

import json
import re
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path

from prompt_toolkit.completion import Completer, Completion

from chronus.faces.client import Client, NoEngine
from chronus.faces.patches import learn_modules
from chronus.modules.registry import modules
from chronus.patch.graph import OUT

COMPLETIONS = 512                        # shown at most
SEQUENCED = ("/seq/", "/scene/", "/song/", "/arp/")      # whose ID is that of a sequencer, and of /pat, too
NEW = ("/patch/create", "/seq/create", "/arp/create")    # whose ID is not there yet
KINDS = {"/scene/": "scene", "/song/": "song", "/arp/": "arpeggio"}
SECONDS = 0.5                            # what an engine may take to say what there is


class Names:
    """What the engine can name now. A client of its own asks, so that no completion stands between a command and its answer."""

    def __init__(self, host: str, port: int):
        self.client, self.lock, self.staged = Client(host, port, timeout=SECONDS), threading.Lock(), {}

    def ask(self, address: str, form: type = dict):
        """An answer in JSON, an object or a list; empty while nobody answers."""
        try:
            with self.lock:
                reply = self.client.ask(address)
            data = json.loads(reply.args[0]) if reply.ok else form()
            return data if isinstance(data, form) else form()
        except (NoEngine, ValueError, LookupError, TypeError):
            return form()

    def sequencers(self, kinds: Iterable[str] = ()) -> list[str]:
        """Ids of sequencers, arpeggios, scenes and songs, or of some `kinds` of them."""
        return [row["id"] for row in self.ask("/seq/list", list) if not kinds or row["kind"] in kinds]

    def note(self, reply) -> None:
        """Keeps in mind which modules this player has staged: nobody but he is told."""
        if reply.ok and reply.address == "/patch/create":
            self.staged[str(reply.args[0])] = str(reply.args[1])
        elif reply.ok and reply.address in ("/patch/commit", "/patch/abort", "/patch/load"):
            self.staged.clear()

    def playing(self) -> dict[str, str]:
        """{id: type} of what plays."""
        status = self.ask("/status")
        learn_modules(Path(status["session"]) if "session" in status else None)
        return module_types(status)

    def known(self) -> dict[str, str]:
        """{id: type} of what plays and what is staged here."""
        return {**self.playing(), **self.staged}

    def of(self, kind: str, address: str, given: list[str]) -> list[str]:
        """What may stand for an argument, as the command table calls it, after those that are `given`."""
        if kind == "TYPE":
            return list(self.ask("/module/types"))
        if kind == "ID" and address == "/module/retry":
            return [row["module"] for row in self.ask("/status").get("quarantined", [])]
        if kind == "ID" and address in NEW:
            return []
        if kind == "ID" and (address.startswith(SEQUENCED) or address == "/pat"):
            return self.sequencers(("pattern",) if address == "/pat" else [of for begun, of in KINDS.items() if address.startswith(begun)])
        if kind in ("SEQUENCER", "SCENE"):
            return self.sequencers(("scene",) if kind == "SCENE" else ("steps", "pattern", "arpeggio"))
        if kind in ("TARGET", "INSTRUMENT", "ID"):
            return list(self.known())
        if kind == "PARAM":
            settings = params(self.known().get(given[-1], "")) if given else []
            return settings + tables(self.known().get(given[-1], "")) if address == "/patch/set" and given else settings
        if kind == "VALUE" and address == "/patch/set" and len(given) == 2 and given[1] in tables(self.known().get(given[0], "")):
            return list(self.ask("/sample/list"))
        if kind == "FROM":
            return [place for id_, type_ in self.known().items() for place in (id_, *(f"{id_}/{name}" for name in outlets(type_)))]
        if kind == "TO":
            return [OUT, *(place for id_, type_ in self.known().items() for place in (id_, *(f"{id_}/{name}" for name in inputs(type_))))]
        if kind == "NAME" and address in ("/patch/load", "/patch/save", "/patch/show", "/patch/diff"):
            return list(self.ask("/patch/list"))
        return [kind] if kind.islower() else []


def module_types(status: dict) -> dict[str, str]:
    """{id: type} of the modules in a status."""
    return dict((status.get("patch") or {}).get("modules") or {})


def params(type_: str) -> list[str]:
    return [param.name for param in modules()[type_].params] if type_ in modules() else []


def tables(type_: str) -> list[str]:
    return [table.name for table in modules()[type_].tables] if type_ in modules() else []


def inputs(type_: str) -> list[str]:
    return [one.name for one in modules()[type_].ports] if type_ in modules() else []


def outlets(type_: str) -> list[str]:
    return list(modules()[type_].outlets) if type_ in modules() else []


def kinds(usage: str) -> list[list[str]]:
    """What each argument may be: "[NAME|staged]" is a NAME, or the word itself."""
    return [word.split("|") for word in re.sub(r"[\[\]]", "", usage).split()]


class Commands(Completer):
    """Completes a line, with slashes or without. `rows` are the (address, usage) of the command table."""

    def __init__(self, rows: Iterable[tuple[str, str]], names: Names):
        self.rows, self.names = list(rows), names

    def get_completions(self, document, complete_event) -> Iterator[Completion]:
        typed = document.text_before_cursor.lstrip()
        words = typed.split()
        begun = words.pop() if words and not typed[-1].isspace() else ""
        arguments = [text for text in self.arguments(words) if text.startswith(begun)] if words else []
        for text in arguments[:COMPLETIONS]:
            yield Completion(text, -len(begun))
        if not arguments and not (typed.startswith("/") and words):
            for address in self.addresses("/" + "/".join([*words, begun]).removeprefix("/"))[:COMPLETIONS]:
                yield Completion(address, -len(typed))

    def addresses(self, begun: str) -> list[str]:
        """Every address that begins so, with the modules that play in place of ID and PARAM."""
        found = {id_: params(type_) for id_, type_ in self.names.playing().items()}
        return [address for address in expand((address for address, _ in self.rows), found) if address.startswith(begun)]

    def arguments(self, words: list[str]) -> list[str]:
        """What may come after `words`, the address and the arguments before."""
        parts = words[0].strip("/").split("/") + words[1:]
        for address, usage in self.rows:
            segments, given = address.strip("/").split("/"), words[1:]
            if not words[0].startswith("/"):
                given = words[len(segments):]
            elif len(parts) - len(given) != len(segments):
                continue
            wanted = kinds(usage)
            if len(given) < len(wanted) and len(parts) >= len(segments) and all(map(stands_for, parts, segments)):
                return [text for kind in wanted[len(given)] for text in self.names.of(kind, address, given)]
        return []


def stands_for(word: str, segment: str) -> bool:
    return word == segment or segment.isupper()


def expand(patterns: Iterable[str], found: dict[str, list[str]]) -> list[str]:
    """Every address that the patterns mean for modules and their parameters, sorted; a pattern whose names are not known stays out."""
    addresses = set()
    for pattern in patterns:
        if "PARAM" in pattern:
            addresses |= {pattern.replace("ID", id_).replace("PARAM", name) for id_, names in found.items() for name in names}
        elif "/ID" in pattern:
            addresses |= {pattern.replace("ID", id_) for id_ in found}
        else:
            addresses.add(pattern)
    return sorted(addresses)
