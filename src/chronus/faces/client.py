"""A blocking OSC client: sends commands to an engine and finds the answer that belongs to each."""

import json
import math
import os
import random
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from chronus import limits
from chronus.doors.osc import codec

ANSWERED_AT = {"/sync": "/synced"}           # the only query that does not answer at its own address
PATIENT, PATIENCE_SECONDS = ("/patch/commit", "/patch/load", "/patch/undo", "/patch/redo", "/record/stop"), 60.0     # to compile, or to write to a disk
LARGEST_DATAGRAM = 65_535


class NoEngine(Exception):
    """Nothing answered; the text says how to start an engine."""


class BadEndpoint(ValueError):
    """A text that is no HOST:PORT; the message says what to write."""


@dataclass(frozen=True)
class Reply:
    """One answer. `frame` is where a command was applied, None for queries and failures; `args` is what follows it."""

    address: str
    ok: bool
    args: tuple = ()
    frame: int | None = None
    code: str = ""
    message: str = ""

    def line(self) -> str:
        """The answer as one line, as it came."""
        if not self.ok:
            return " ".join(("/fail", self.address, self.code, self.message))
        head = [self.address] if self.frame is None else ["/done", self.address, self.frame]
        return " ".join(show(value) for value in (*head, *self.args))

    def data(self) -> dict:
        """The answer as one JSON object."""
        if not self.ok:
            return {"address": self.address, "ok": False, "code": self.code, "message": self.message}
        args = [value if not isinstance(value, float) or math.isfinite(value) else str(value) for value in self.args]
        return {"address": self.address, "ok": True, "frame": self.frame, "args": args}


@dataclass
class Ticket:
    """A command on its way; `reply` is filled in when its answer is read."""

    address: str
    reply: Reply | None = None
    parts: dict[int, str] = field(default_factory=dict)


def show(value) -> str:
    """An OSC value as a person writes it: float32 numbers without the digits they never had."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.7g}" if isinstance(value, float) else str(value)


def default_endpoint() -> str:
    """Where an engine is looked for when nobody says: CHRONUS_OSC_HOST and CHRONUS_OSC_PORT, else 127.0.0.1:5005."""
    return f"{os.environ.get('CHRONUS_OSC_HOST') or '127.0.0.1'}:{os.environ.get('CHRONUS_OSC_PORT') or '5005'}"


def endpoint(text: str | None = None, lowest: int = 1) -> tuple[str, int]:
    """Host and port of "HOST:PORT", "HOST" or ":PORT"; what is left out comes from the default. Raises BadEndpoint.

    `lowest` is the lowest port allowed: 0, any that is free, is for who listens.
    """
    host, _, port = (text or "").partition(":")
    default_host, _, default_port = default_endpoint().rpartition(":")
    port = port or default_port
    if not port.isdecimal() or not lowest <= int(port) < 65_536:
        raise BadEndpoint(f"{port!r} is not a port: write HOST:PORT with a port from {lowest} to 65535, such as 127.0.0.1:5005")
    return host or default_host, int(port)


class Client:
    """One sender with a port of its own. Not thread-safe: a thread takes a client of its own.

    Answers come in the order of the commands, per address, so they are matched in that order. After a silence that order is
    unknown, so the client goes on from a new port, which to the engine is a new sender.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 5005, timeout: float = 2.0, own_port: int = 0):
        """`timeout` is how many seconds an answer may take. `own_port` is tried first: who comes back to it is the same sender."""
        self.host, self.port, self.timeout, self.own_port = host, port, timeout, own_port
        self._heard: deque = deque(maxlen=limits.EVENT_RING_ENTRIES)
        self._socket = None
        self._open()

    def _open(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._acknowledged = self._notified = self._inherited = False
        self._waiting: dict[str, deque[Ticket]] = {}
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, limits.INBOX_BYTES)
        if self.own_port:
            with suppress(OSError):      # taken by another command of this terminal: then from any port
                self._socket.bind(("", self.own_port))
                self._inherited = True
            self.own_port = 0            # after a silence the client goes on from a new port
        try:
            self._socket.connect((self.host, self.port))
        except OSError as error:
            raise NoEngine(f"{self.host}:{self.port} cannot be reached ({error.strerror}): write --osc HOST:PORT") from None

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def close(self) -> None:
        """Gives the port back."""
        self._socket.close()

    def send(self, address: str, *args, tag: float | None = None) -> Ticket:
        """Sends one command and does not wait. `tag` is a moment in Unix seconds, obeyed to the frame.

        The ticket gets a reply, while the client reads, if the engine answers: `wait` for it only after an `ask` or `post`.
        """
        ticket = Ticket(address)
        if self._acknowledged:
            self._waiting.setdefault(address, deque(maxlen=limits.CLIENT_QUEUE)).append(ticket)
        self._transmit(address, args, tag)
        if address == "/ack":
            self._acknowledged = bool(args and args[0])
        return ticket

    def post(self, address: str, *args, tag: float | None = None) -> Ticket:
        """Sends one command whose answer is wanted; `wait` takes the ticket. Several may be outstanding."""
        if self._inherited:
            self._inherited = False
            self._let_pass()
        if not self._acknowledged:
            if address != "/ack":
                self._transmit("/ack", (1,), None)
            self._acknowledged = True
        return self.send(address, *args, tag=tag)

    def _let_pass(self) -> None:
        """On a port that another command of this terminal had before: what is still to come for that one is no answer of ours."""
        number = random.randrange(1 << 31)
        self._transmit("/sync", (number,), None)
        if not self._hears("/synced", self.timeout, number):
            self._transmit("/version", (), None)
            if not self._hears("/version", self.timeout) or not self._hears("/synced", PATIENCE_SECONDS, number):        # it lives: a commit is under way
                self._open()
                raise self._nobody(f"gave no answer within {self.timeout:g} s")
        self._heard.clear()

    def _hears(self, address: str, seconds: float, *args) -> bool:
        """Reads until such a message has come, for so many seconds at most; whether it has."""
        deadline = time.monotonic() + seconds
        while not any(message.address == address and message.args[:len(args)] == args for message in self._heard):
            if not self.poll(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                return False
        return True

    def wait(self, ticket: Ticket, timeout: float | None = None) -> Reply:
        """The answer to `ticket`, reading until it is there. Raises NoEngine after `timeout` seconds."""
        takes_long = ticket.address in PATIENT or ticket.address == "/sync" and any(map(self._waiting.get, PATIENT))
        seconds = (PATIENCE_SECONDS if takes_long else self.timeout) if timeout is None else timeout
        deadline = time.monotonic() + seconds
        while ticket.reply is None:
            if not self.poll(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                self._open()
                raise self._nobody(f"gave no answer to {ticket.address} within {seconds:g} s")
        return ticket.reply

    def ask(self, address: str, *args, tag: float | None = None) -> Reply:
        """Sends one command and returns its answer, `/fail` included. Raises NoEngine when nothing answers."""
        return self.wait(self.post(address, *args, tag=tag))

    def status(self) -> dict:
        """What the engine says of itself: the object of `chronus status --json`."""
        reply = self.ask("/status")
        if not reply.ok:
            raise NoEngine(f"the engine at {self.host}:{self.port} could not say how it is: {reply.message}")
        return json.loads(reply.args[0])

    def events(self, timeout: float | None = None) -> Iterator:
        """What happens to the engine (`/notify 1`), message by message; ends after `timeout` seconds without any, None never."""
        if not self._notified:
            self._notified = True
            self.send("/notify", 1)
        while True:
            while self._heard:
                yield self._heard.popleft()
            if not self.poll(timeout):
                return

    def heard(self) -> list:
        """What has come and answers no command, such as /patch/warning; taken out. Asks for nothing and waits for nothing."""
        found = list(self._heard)
        self._heard.clear()
        return found

    def poll(self, seconds: float | None = 0.0) -> int:
        """Reads what arrives within `seconds`, at most one datagram; how many messages it held."""
        self._socket.settimeout(seconds)
        try:
            messages = codec.decode(self._socket.recv(LARGEST_DATAGRAM))
        except (BlockingIOError, TimeoutError, codec.OscError):
            return 0                     # what cannot be read answers nothing
        except ConnectionError:
            self._open()
            raise self._nobody("answers") from None
        for message in messages:
            self._hear(message)
        return len(messages)

    def _transmit(self, address: str, args: tuple, tag: float | None) -> None:
        data = codec.encode(address, args)
        try:
            self._socket.send(data if tag is None else codec.encode_bundle(codec.ntp_tag(tag), [data]))
        except ConnectionError:          # the kernel passes on that an earlier datagram found the port closed
            self._open()
            raise self._nobody("answers") from None

    def _nobody(self, what: str) -> NoEngine:
        here = f"{self.host}:{self.port}"
        if what != "answers":
            return NoEngine(f"the engine at {here} {what}: if it has just been started, it may still compile, or replay its session; ask again in a moment")
        return NoEngine(f"no engine answers at {here}: start one with `chronus up` (or `make jam`), or name another with --osc HOST:PORT")

    def _hear(self, message) -> None:
        address, args = message.address, tuple(message.args)
        named = args[0] if address in ("/done", "/fail") and args else address
        queue = self._waiting.get(named) or self._waiting.get(_asked_at(address))
        if not queue:
            if address != "/done":
                self._heard.append(message)
            return
        ticket = queue[0]
        if address == "/fail":
            code, text = (*(show(value) for value in args[1:3]), "", "")[:2]
            ticket.reply = Reply(ticket.address, False, code=code, message=text)
        elif address == "/done":
            frame = args[1] if len(args) > 1 and type(args[1]) is int else None
            ticket.reply = Reply(ticket.address, True, args[1 if frame is None else 2:], frame)
        elif len(args) == 3 and isinstance(args[2], str) and type(args[0]) is type(args[1]) is int:
            ticket.parts[args[0]] = args[2]
            if len(ticket.parts) < args[1]:
                return
            ticket.reply = Reply(address, True, ("".join(text for _, text in sorted(ticket.parts.items())),))
        else:
            ticket.reply = Reply(address, True, args)
        queue.popleft()


def _asked_at(address: str) -> str:
    """The query that answers at `address`, "" if it is none of those that answer elsewhere."""
    return next((query for query, answer in ANSWERED_AT.items() if answer == address), "")
