"""The zygote: everything imported, every kernel loaded, and a fork for whoever asks. A process is there in milliseconds.

It is asked over a socket pair, one role a message, and answers with the pid and a handle that becomes readable when the process ends.
"""
import gc
import os
import select
import signal
import socket
import sys
import time
import traceback

from chronus import linux
from chronus.control import main as control
from chronus.device import main as device
from chronus.doors.midi import main as midi
from chronus.recorder import main as recorder
from chronus.replica import main as replica
from chronus.replica import understudy
from chronus.replica.arena import Kernels, inherit
from chronus.shared.memory import Memory
from chronus.shared.orphans import in_charge
from chronus.supervisor.start import unlock

REAP_SECONDS = 0.25
PLACE_SECONDS = 2.0
PLAYS = ("replica 0", "replica 1", "rehearsal")      # who needs the tables that are loaded


def run_role(role: str, memory: Memory, door: socket.socket, host: str) -> int:
    """The life of one process; its exit status."""
    if role == "device":
        return device.run(memory)
    if role == "control":
        return control.run(memory, door)
    if role == "rehearsal":
        return understudy.run(memory, in_charge(memory))
    if role == "midi":
        return midi.run(memory, in_charge(memory), host)
    if role == "recorder":
        recorder.run(memory, in_charge(memory))
        return 0
    return replica.run(memory, int(role.split()[1]))


def become(role: str, memory: Memory, door: socket.socket) -> None:
    """What a fresh child does: lets go of what is not its own, lives, ends without clean-up of its parent's things."""
    status = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):       # of the last, a replica may be asked before it can answer
            signal.signal(number, signal.SIG_IGN)
        host = door.getsockname()[0]
        if role != "control":
            door.close()                    # or the port would stay taken while the device plays on without a supervisor
        wait_for_a_place(role, memory)
        linux.set_name(f"chronus-{role[:3]}")
        status = run_role(role, memory, door, host)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status & 0xFF)


def wait_for_a_place(role: str, memory: Memory) -> None:
    """Until the supervisor has this process in its table. A zygote killed before it could tell of us has had us replaced: then there is no place."""
    deadline = time.monotonic() + PLACE_SECONDS
    while memory.pid(role) != os.getpid():
        if time.monotonic() > deadline:
            os._exit(0)
        time.sleep(0.0005)


def run(requests: socket.socket, memory: Memory, door: socket.socket) -> None:
    """Serves until the supervisor's end of the socket closes. [zygote]"""
    linux.set_name("chronus-zygote")
    gc.freeze()                             # not collect(): 40 ms in which nobody is forked
    kernels = Kernels(memory)
    while True:
        ready, _, _ = select.select([requests], [], [], REAP_SECONDS)
        reap()
        kernels.load()                      # so that a child has them from its birth
        if not ready:
            continue
        role = requests.recv(64).decode()
        if not role:
            return
        sys.stdout.flush()
        try:
            pid = os.fork()
        except OSError as error:
            print(f"chronus: no process for {role} ({error.strerror}); it is tried again", file=sys.stderr)
            socket.send_fds(requests, [f"{role} 0".encode()], [])
            continue
        if pid == 0:
            if not role.startswith("replica"):      # as an ordinary process it takes four times as long where others are at work: 76 ms, not 19
                linux.ordinary()
            requests.close()
            inherit(kernels, role in PLAYS)
            become(role, memory, door)
        handle = linux.open_process(pid)
        if handle is None:
            socket.send_fds(requests, [f"{role} 0".encode()], [])
        else:
            socket.send_fds(requests, [f"{role} {pid}".encode()], [handle])
            os.close(handle)


def reap() -> None:
    """Lets ended children go."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


class Zygote:
    """The supervisor's hold on its zygote. Raises OSError where the machine has no process to give. [supervisor]"""

    def __init__(self, memory: Memory, door: socket.socket):
        self.socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            self.pid = os.fork()
        except OSError:
            self.socket.close()
            theirs.close()
            raise
        if self.pid == 0:
            status = 1
            try:
                self.socket.close()
                unlock()
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                    signal.signal(number, signal.SIG_IGN)
                linux.ordinary()
                linux.realtime("zygote")
                run(theirs, memory, door)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        theirs.close()
        self.socket.setblocking(False)
        self.handle = linux.open_process(self.pid)
        if self.handle is None:
            self.socket.close()             # it ends with that
            raise OSError(f"the zygote, process {self.pid}, cannot be watched")

    def ask(self, role: str) -> bool:
        """Asks for a process; False where the zygote is gone."""
        try:
            self.socket.send(role.encode())
            return True
        except OSError:
            return False

    def answer(self) -> tuple[str, int, int | None] | None:
        """(role, pid, handle) of a process that was asked for, the last None where it could not be had; None where nothing was answered."""
        try:
            content, handles, _, _ = socket.recv_fds(self.socket, 64, 1)
        except OSError:
            return None
        role, _, pid = content.decode().rpartition(" ")
        return (role, int(pid), handles[0] if handles else None) if role else None

    def close(self) -> None:
        self.socket.close()
        os.close(self.handle)
