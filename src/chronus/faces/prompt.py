"""The prompt: one line, one command, one answer, with completion of every address, module and parameter."""

import difflib
import threading
from collections.abc import Iterable, Iterator

import platformdirs
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import Completer, Completion, ThreadedCompleter
from prompt_toolkit.history import FileHistory
from prompt_toolkit.patch_stdout import patch_stdout

from chronus.doors.osc.codec import OscError
from chronus.faces.client import Client, NoEngine
from chronus.faces.jam import EngineEnded, OwnEngine, obey, table_patterns
from chronus.faces.report import complain, show_table
from chronus.faces.words import LineError

COMPLETIONS = 512                        # shown at most


def converse(client: Client, engine: OwnEngine) -> int:
    """Reads lines from the terminal until quit, Ctrl-C or Ctrl-D; the exit code. Raises EngineEnded."""
    folder = platformdirs.user_state_path("music-chronus", ensure_exists=True)
    patterns = table_patterns()
    session = PromptSession("chronus> ", history=FileHistory(str(folder / "prompt_history")),
                            completer=ThreadedCompleter(Addresses(patterns, client.host, client.port)), complete_while_typing=True)
    threading.Thread(target=_watch, args=(engine, session), daemon=True).start()
    while True:
        try:
            with patch_stdout(raw=True):
                line = session.prompt().strip()
        except (EOFError, KeyboardInterrupt):
            return 0
        if line in ("quit", "exit"):
            return 0
        if line.split()[:1] == ["help"]:
            show_help(line.split()[1:])
            continue
        try:
            reply = obey(line, patterns, client, engine)
        except (LineError, OscError, NoEngine) as error:
            complain(error)
            continue
        if reply is not None:
            print(reply.line())


def show_help(words: list[str]) -> None:
    """Lists the commands, or those that have one of `words` in them."""
    from chronus.control.commands import TABLE
    rows = [[row.line, row.help] for row in TABLE if not words or any(word in row.line for word in words)]
    show_table("", ["command", "what it does"], rows + [["help [WORD], quit", "these commands · ends the jam and its engine"]])


def _watch(engine: OwnEngine, session: PromptSession) -> None:
    """Ends the prompt when the engine ends."""
    engine.drain()
    if session.app.is_running:
        session.app.loop.call_soon_threadsafe(session.app.exit, None, EngineEnded(engine.how_it_ended()))


class Addresses(Completer):
    """Completes addresses: from the command table, with the ids and parameters of the patch that plays in place of ID and PARAM."""

    def __init__(self, patterns: Iterable[str], host: str, port: int):
        self._patterns, self._host, self._port = list(patterns), host, port

    def get_completions(self, document, complete_event) -> Iterator[Completion]:
        typed = document.text_before_cursor.lstrip()
        if complete_event is None or (" " in typed and typed.startswith("/")):
            return
        wanted = typed if typed.startswith("/") else "/" + typed.replace(" ", "/")
        found = [address for address in expand(self._patterns, self._modules()) if address.startswith(wanted)]
        for address in found[:COMPLETIONS]:
            yield Completion(address, -len(typed))

    def _modules(self) -> dict[str, list[str]]:
        """Ids of the patch that plays, each with its parameters; asked anew, because patches change while they play."""
        try:
            with Client(self._host, self._port, timeout=0.5) as client:
                types = module_types(client.status())
        except NoEngine:
            return {}
        from chronus.modules.registry import modules
        known = modules()
        return {name: [param.name for param in known[kind].params] if kind in known else [] for name, kind in types.items()}


def module_types(status: dict) -> dict[str, str]:
    """{id: type} of the modules in a status, whose patch lists them as {id: type} or as objects or as ids."""
    modules = (status.get("patch") or {}).get("modules") or {}
    if not isinstance(modules, dict):
        modules = {item["id"] if isinstance(item, dict) else item: item for item in modules}
    return {name: kind.get("type", name) if isinstance(kind, dict) else kind for name, kind in modules.items()}


def expand(patterns: Iterable[str], modules: dict[str, list[str]]) -> list[str]:
    """Every address that the patterns mean for these modules, sorted; a pattern whose names are not known stays out."""
    found = set()
    for pattern in patterns:
        if "PARAM" in pattern:
            found |= {pattern.replace("ID", name).replace("PARAM", param) for name, params in modules.items() for param in params}
        elif "/ID" in pattern:
            found |= {pattern.replace("ID", name) for name in modules}
        else:
            found.add(pattern)
    return sorted(found)
