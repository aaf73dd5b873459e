"""The prompt: one line, one command, one answer; what happens meanwhile is told above it, and everything can be completed."""

import shutil
import threading
import time
from collections import deque
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import ThreadedCompleter
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout

from chronus import limits
from chronus.control.session import state_folder
from chronus.doors.osc.codec import OscError
from chronus.faces.answers import news_line, readable
from chronus.faces.client import Client, NoEngine
from chronus.faces.completion import Commands, Names
from chronus.faces.jam import rest
from chronus.faces.own_engine import EngineEnded, OthersEngine, OwnEngine, obey, table_patterns
from chronus.faces.report import complain, show_table
from chronus.faces.words import LineError

SILENT_SECONDS = 0.5                     # before who hears the news asks again, where nobody answers
XRUN_SECONDS = 5.0                       # blocks that come too late are told of so often at most
ONLY_FOR_THE_SENDER = ("/patch/warning", "/late")       # all else that comes unasked, the news have too


def converse(client: Client, engine: OwnEngine | OthersEngine) -> int:
    """Reads lines from the terminal until quit, Ctrl-C or Ctrl-D; the exit code. Raises EngineEnded."""
    names, news, patterns = Names(client.host, client.port), News(client.host, client.port), table_patterns()
    session = PromptSession("chronus> ", history=history(), complete_while_typing=True,
                            completer=ThreadedCompleter(Commands(table_rows(), names)))
    threading.Thread(target=_watch, args=(engine, session), daemon=True).start()
    threading.Thread(target=news.tell, daemon=True).start()
    while True:
        try:
            with patch_stdout(raw=True):
                line = session.prompt().strip()
        except (EOFError, KeyboardInterrupt):
            return 0
        if line in ("quit", "exit"):
            return 0
        if line.split()[:1] == ["help"]:
            show_help(line.split()[1:], engine.quit)
            continue
        if line.split()[:1] == ["sleep"]:
            try:
                rest(line)
            except LineError as error:
                complain(error)
            except KeyboardInterrupt:
                print()                                     # woken up
            continue
        with news.speaking:
            try:
                reply = obey(line, patterns, client, engine)
            except (LineError, OscError, NoEngine) as error:
                complain(error)
                continue
            if reply is not None:
                names.note(reply)
                news.own(reply)
                print(readable(reply, shutil.get_terminal_size().columns, Path(engine.ready["session"])))
                print("".join(news_line(m.address, m.args) + "\n" for m in client.heard() if m.address in ONLY_FOR_THE_SENDER), end="")


def history() -> History:
    """What was typed before, from the state folder; where that cannot be written, it is kept as long as the prompt."""
    try:
        path = state_folder() / "prompt_history"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.open("ab").close()
    except (OSError, RuntimeError):                          # RuntimeError: nobody knows where ~ is
        return InMemoryHistory()
    return FileHistory(str(path))


def table_rows() -> list[tuple[str, str]]:
    """Address and usage of all commands."""
    from chronus.control.commands import TABLE
    return [(row.address, row.usage) for row in TABLE]


def show_help(words: list[str], leaving: str) -> None:
    """Lists the commands, or those that have one of `words` in them; `leaving` is what quit does."""
    from chronus.control.commands import TABLE
    rows = [[row.line, row.help] for row in TABLE if not words or any(word in row.line for word in words)]
    show_table("", ["command", "what it does"], rows + [["help [WORD], sleep SECONDS, quit", f"these commands · waits · {leaving}"]])


def _watch(engine: OwnEngine | OthersEngine, session: PromptSession) -> None:
    """Ends the prompt when the engine ends."""
    engine.drain()
    if session.app.is_running:
        session.app.loop.call_soon_threadsafe(session.app.exit, None, EngineEnded(engine.how_it_ended()))


class News:
    """What happens to the engine, told as it happens, by a client of its own. Whoever holds `speaking` is not told of commits meanwhile."""

    def __init__(self, host: str, port: int):
        self.client, self.speaking, self.answered, self.told_of_xrun = Client(host, port), threading.Lock(), deque(maxlen=limits.CLIENTS), 0.0

    def own(self, reply) -> None:
        """A commit of this prompt was answered, so it is no news."""
        if reply.ok and reply.frame is not None and reply.address.startswith("/patch/"):
            self.answered.append(reply.frame)

    def tell(self) -> None:
        """Prints what comes, for ever; for a thread of its own."""
        while True:
            try:
                for message in self.client.events():
                    self.print(message)
            except NoEngine:                 # the engine is ending, or its control is being replaced
                time.sleep(SILENT_SECONDS)

    def print(self, message) -> None:
        """One piece of news, if it is one."""
        if message.address == "/midi/changed":               # for the door; who changed it was answered
            return
        if message.address == "/patch/committed":
            with self.speaking:
                if message.args[0] in self.answered:
                    return
        if message.address == "/xrun":
            if time.monotonic() < self.told_of_xrun + XRUN_SECONDS:
                return
            self.told_of_xrun = time.monotonic()
        print(news_line(message.address, message.args), flush=True)
