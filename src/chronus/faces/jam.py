"""The main job: an engine of one's own, and a place to type at it; both end together."""

import errno
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable

from chronus.doors.osc.codec import OscError
from chronus.faces.client import Client, NoEngine, endpoint
from chronus.faces.doctor import EDIT_LIMITS
from chronus.faces.report import complain
from chronus.faces.words import LineError, command

STOP_SECONDS = 10.0                      # an engine that was asked to end gets this long, then a signal, then the same once more
LONGEST_SLEEP = 3_600.0                  # seconds, for `sleep` in a script
REALTIME_OFF = f"real-time scheduling is off, so the engine answers later: {EDIT_LIMITS}"
NULL_DEVICE = "the null device plays, silently"
NO_CARD = f"no sound card: {NULL_DEVICE}"


class EngineEnded(Exception):
    """The engine of this jam is gone; the text says how."""


class OwnEngine:
    """The engine as a child process, apart from the terminal's signals: it ends when the jam says so, not with a Ctrl-C."""

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


def run(options: list[str]) -> int:
    """Starts the engine, plays what is typed or piped in, ends the engine; the exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    engine, client = OwnEngine(options), None
    at_terminal = sys.stdin.isatty()
    try:
        engine.wait_until_ready()
        client = Client(*endpoint(engine.ready["osc"]))
        print(greeting(engine.ready, client.status(), "--device=null" in options), file=sys.stdout if at_terminal else sys.stderr, flush=True)
        if at_terminal:
            from chronus.faces.prompt import converse
            return converse(client, engine)
        return play_script(sys.stdin, client, engine)
    except EngineEnded as error:
        complain(error)
        return engine.exit_code() if (engine.exit_code() or 0) > 0 else 1
    except NoEngine as error:
        return complain(engine.how_it_ended() if engine.exit_code() is not None else error)
    except KeyboardInterrupt:
        return 130
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)            # the engine is being ended; impatience must not leave it behind
        engine.stop(client)
        if client is not None:
            client.close()


def _interrupt(*_) -> None:
    raise KeyboardInterrupt


def greeting(ready: dict, status: dict, silence_wanted: bool) -> str:
    """One line on what plays where, and what is not as it could be."""
    device = str(status.get("device", "?"))
    silence = NULL_DEVICE if silence_wanted else NO_CARD
    said = [silence if device.startswith("null") else f"device {device}", f"session {ready['session']}", f"osc {ready['osc']}"]
    if status.get("realtime") is False:
        said.append(REALTIME_OFF)
    return " · ".join(said)


def play_script(lines: Iterable[str], client: Client, engine: OwnEngine) -> int:
    """Sends each line and prints each answer; 1 if any line failed. Raises EngineEnded."""
    patterns, failed = table_patterns(), 0
    for number, line in enumerate(lines, 1):
        try:
            reply = rest(line) if line.split()[:1] == ["sleep"] else obey(line, patterns, client, engine)
        except (LineError, OscError) as error:
            failed = complain(f"line {number}: {error}")
            continue
        if reply is not None:
            print(reply.line(), flush=True)
            failed |= not reply.ok
        failed |= tell_asides(client)
    return int(failed)


def tell_asides(client: Client) -> bool:
    """Says on standard error what the engine had to say besides its answers; whether a commit was taken back."""
    heard = client.heard()
    if heard:
        from chronus.faces.answers import news_line
        print("\n".join(news_line(message.address, message.args) for message in heard), file=sys.stderr, flush=True)
    return any(message.address == "/patch/rolled_back" for message in heard)


def rest(line: str) -> None:
    """`sleep SECONDS`: waits, so that a script can play. Raises LineError."""
    try:
        seconds = float(line.split()[1])
        if not 0 <= seconds <= LONGEST_SLEEP:
            raise ValueError
    except (IndexError, ValueError):
        raise LineError(f"write `sleep SECONDS`, from 0 to {LONGEST_SLEEP:g}") from None
    time.sleep(seconds)


def obey(line: str, patterns: Iterable[str], client: Client, engine: OwnEngine):
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


def wait_for_port(host: str, port: int) -> str | None:
    """Waits until a UDP port of this machine is free; who still holds it after STOP_SECONDS, None if nobody."""
    from chronus.linux import port_holder
    deadline = time.monotonic() + STOP_SECONDS
    while not _is_free(host, port):
        if time.monotonic() > deadline:
            return port_holder(port) or "somebody"
        time.sleep(0.02)
    return None


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRNOTAVAIL        # an engine on another machine: its port is not ours to see
    return True
