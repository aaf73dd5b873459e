"""An engine of one's own: a child that lives as long as who started it wants; one that others started; and lines that are sent to either."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterable

from chronus.faces.client import Client, NoEngine
from chronus.faces.words import command

STOP_SECONDS = 10.0                      # an engine that was asked to end gets this long, then a signal, then the same once more
LOOK_SECONDS, MISSES = 1.0, 3            # one that others started is asked so often, and has ended when so many answers in a row have not come


class EngineEnded(Exception):
    """The engine of this jam is gone; the text says how."""


class OwnEngine:
    """The engine as a child process, apart from the terminal's signals: it ends when the jam says so, not with a Ctrl-C."""

    quit = "ends the jam and its engine"

    def __init__(self, options: list[str]):
        self._process = subprocess.Popen([sys.executable, "-m", "chronus", "up", "--json", *options], stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, text=True, start_new_session=True)
        self.ready: dict = {}

    def wait_until_ready(self) -> None:
        """Waits for the line that says that it plays. Raises EngineEnded."""
        for line in self._process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict) and event.get("event") == "ready":
                self.ready = event
                return
        self._process.wait()
        raise EngineEnded(self.how_it_ended() + " before it played")

    def drain(self) -> None:
        """Reads what else it prints until it ends, so that a full pipe never holds it up; for a thread of its own."""
        for _ in self._process.stdout:
            pass
        self._process.wait()

    def exit_code(self) -> int | None:
        """Its exit code, None while it runs."""
        return self._process.poll()

    def how_it_ended(self) -> str:
        """One sentence with its exit code."""
        code = self._process.poll()
        signal_name = f" ({signal.Signals(-code).name})" if code is not None and code < 0 else ""
        return f"the engine ended with exit code {code}{signal_name}"

    def stop(self, client: Client | None) -> None:
        """Ends it: by command, else by SIGTERM, else by SIGKILL."""
        if client is not None and self._process.poll() is None:
            try:
                client.ask("/engine/stop")
            except NoEngine:
                self._process.terminate()
        else:
            self._process.terminate()
        for last_resort in (self._process.terminate, self._process.kill):
            try:
                self._process.wait(STOP_SECONDS)
                return
            except subprocess.TimeoutExpired:
                last_resort()
        self._process.wait()


class OthersEngine:
    """An engine that plays already. It plays on when the prompt ends."""

    quit = "leaves; the engine plays on"

    def __init__(self, client: Client):
        self.host, self.port, self.misses = client.host, client.port, 0
        self.ready = {"session": client.status()["session"], "osc": f"{client.host}:{client.port}"}

    def drain(self) -> None:
        """Waits until it ends; for a thread of its own."""
        with Client(self.host, self.port) as client:
            while self.exit_code() is None:
                time.sleep(LOOK_SECONDS)
                try:
                    client.ask("/version")
                    self.misses = 0
                except NoEngine:
                    self.misses += 1

    def exit_code(self) -> int | None:
        """0 when it has ended, None while it plays: it is asked, since it may have been taken over, or be on another machine."""
        return 0 if self.misses >= MISSES else None

    def how_it_ended(self) -> str:
        return "the engine has ended"


def obey(line: str, patterns: Iterable[str], client: Client, engine: OwnEngine | OthersEngine):
    """Sends one line; its Reply, None for an empty line. Raises LineError, OscError, EngineEnded, NoEngine."""
    asked = command(line, patterns)
    if asked is None:
        return None
    try:
        return client.ask(asked[0], *asked[1])
    except NoEngine:
        if engine.exit_code() is not None:
            raise EngineEnded(engine.how_it_ended()) from None
        raise


def table_patterns() -> list[str]:
    """The addresses of all commands, with ID and PARAM in place of names."""
    from chronus.control.commands import TABLE
    return [row.address for row in TABLE]
