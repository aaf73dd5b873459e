"""The main job: an engine of one's own, and a place to type at it; both end together."""

import errno
import signal
import socket
import sys
import time
from collections.abc import Iterable

from chronus.doors.osc.codec import OscError
from chronus.faces.client import Client, NoEngine, endpoint
from chronus.faces.doctor import EDIT_LIMITS
from chronus.faces.own_engine import STOP_SECONDS, EngineEnded, OthersEngine, OwnEngine, obey, table_patterns
from chronus.faces.report import complain
from chronus.faces.words import LineError

LONGEST_SLEEP = 3_600.0                  # seconds, for `sleep` in a script
REALTIME_OFF = f"real-time scheduling is off, so the engine answers later: {EDIT_LIMITS}"
NULL_DEVICE = "the null device plays, silently"
NO_CARD = f"no sound card: {NULL_DEVICE}"


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
            from chronus.faces.prompt import converse                  # a toolkit that a script need not load
            from chronus.supervisor.library import compiling_the_rest
            with compiling_the_rest():
                return converse(client, engine)
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")    # what is no text is said line by line
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


def attach(host: str, port: int) -> int:
    """Plays what is typed or piped in on an engine that runs; the exit code."""
    client = Client(host, port)
    try:
        engine = OthersEngine(client)
        if sys.stdin.isatty():
            from chronus.faces.prompt import converse
            print(greeting(engine.ready, client.status(), True))
            return converse(client, engine)
        sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")
        return play_script(sys.stdin, client, engine)
    except (EngineEnded, NoEngine) as error:
        return complain(error)
    except KeyboardInterrupt:
        return 130
    finally:
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


def play_script(lines: Iterable[str], client: Client, engine: OwnEngine | OthersEngine) -> int:
    """Sends each line and prints each answer; 1 if any line failed. Raises EngineEnded."""
    patterns, failed = table_patterns(), 0
    for number, line in enumerate(lines, 1):
        try:
            reply = rest(line) if line.split()[:1] == ["sleep"] else obey(line, patterns, client, engine)
        except (LineError, OscError, NoEngine) as error:
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
    time.sleep(sleep_seconds(line))


def sleep_seconds(line: str) -> float:
    """What a line `sleep SECONDS` asks for. Raises LineError."""
    try:
        seconds = float(line.split()[1])
        if not 0 <= seconds <= LONGEST_SLEEP:
            raise ValueError
    except (IndexError, ValueError):
        raise LineError(f"write `sleep SECONDS`, from 0 to {LONGEST_SLEEP:g}") from None
    return seconds


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
