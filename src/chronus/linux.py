"""What only Linux has, in one place: memory files, process handles, real-time classes, who holds a port."""

import ctypes
import mmap
import os
import platform
import select
import signal
from contextlib import suppress
from pathlib import Path

libc = ctypes.CDLL(None, use_errno=True)
SYSCALL_FUTEX = {"x86_64": 202, "aarch64": 98}.get(platform.machine(), 202)
SET_CHILD_SUBREAPER, SET_NAME, PARENT_DEATH_SIGNAL = 36, 15, 1                  # prctl
LOCK_CURRENT, LOCK_FUTURE, LOCK_ON_FAULT = 1, 2, 4
POPULATE_WRITE = 23                         # madvise, since Linux 5.14
SO_RCVBUFFORCE = 33                         # as root, a receive buffer beyond the system's limit
# Who watches outranks who is watched; a fork (milliseconds in the kernel) must not take a core from a replica.
PRIORITY = {"sleeper": 90, "device": 80, "supervisor": 70, "replica": 60, "zygote": 50, "control": 10, "midi": 10, "rehearsal": 5}


def memory_file(name: str, size: int) -> int:
    """A new anonymous file in memory, inherited by children; its descriptor."""
    descriptor = os.memfd_create(name, 0)
    os.ftruncate(descriptor, size)
    return descriptor


def set_name(name: str) -> None:
    """Names this process for `ps` and `top` (15 characters)."""
    libc.prctl(SET_NAME, name.encode()[:15], 0, 0, 0)


def adopt_orphans() -> None:
    """Makes this process the parent of grandchildren whose parent died."""
    libc.prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_with_parent(parent: int) -> None:
    """Has this process killed when its parent, `parent`, ends; it ends at once where that is gone already."""
    libc.prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def realtime(role: str) -> bool:
    """Puts this thread into the real-time class at its role's priority; False where that is not allowed."""
    if os.environ.get("CHRONUS_REALTIME") == "0":
        return False
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY[role]))
        return True
    except (PermissionError, OSError):
        return False


def ordinary() -> None:
    """Puts this thread back into the ordinary scheduling class."""
    if os.sched_getscheduler(0) != os.SCHED_OTHER:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def take_half_of_the_processors(half: int) -> None:
    """Keeps this process on its half of the processors, 0 or 1, so that what stalls one half cannot stall the other.

    A killed process gives its memory back at its own real-time priority (4 ms here, 29 ms once); whoever was queued behind it waited.
    """
    there = sorted(os.sched_getaffinity(0))
    if len(there) > 1:
        middle = len(there) // 2
        os.sched_setaffinity(0, there[middle:] if half else there[:middle])


def lock_memory() -> bool:
    """Keeps this process's touched pages in memory. On fault, because copying all of a fresh fork costs 30 ms."""
    return libc.mlockall(LOCK_CURRENT | LOCK_FUTURE | LOCK_ON_FAULT) == 0


def populate(address: int, size: int) -> None:
    """Maps the pages of a range for writing. Raises ValueError where `address` is not the beginning of a page: the kernel would do nothing."""
    if address % mmap.PAGESIZE:
        raise ValueError(f"{address:#x} is not the beginning of a page")
    libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(size), POPULATE_WRITE)


def open_process(pid: int) -> int | None:
    """A handle that becomes readable when the process ends; None if it is gone."""
    try:
        return os.pidfd_open(pid)
    except (ProcessLookupError, OSError):
        return None


def ended(handle: int, seconds: float = 0.0) -> bool:
    """Whether the process behind `handle` has ended, or does within so many seconds."""
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return bool(poll.poll(1000 * seconds))


def process_state(pid: int) -> str:
    """The state letter of a process (R, S, T, Z ...), "" if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return ""


def start_time(pid: int) -> int:
    """When the process began, in clock ticks since boot: with the pid it names one process for ever. 0 if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    except (OSError, IndexError, ValueError):
        return 0


def alive(pid: int) -> bool:
    """Whether the process exists and is not merely waiting to be reaped."""
    return pid > 0 and process_state(pid) not in ("", "Z", "X")


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Sends a signal to one process; a process that is gone is no error."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def kill_and_wait(pid: int, seconds: float) -> None:
    """Kills a process and waits, at most so long, until it does nothing any more."""
    handle = open_process(pid) if pid > 0 else None
    if handle is not None:
        kill(pid)
        ended(handle, seconds)
        os.close(handle)


def _own_processes():
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                if entry.stat().st_uid == os.geteuid():
                    yield int(entry.name)
            except OSError:
                continue


def _descriptors(pid: int):
    try:
        for descriptor in os.listdir(f"/proc/{pid}/fd"):
            try:
                yield f"/proc/{pid}/fd/{descriptor}", os.readlink(f"/proc/{pid}/fd/{descriptor}")
            except OSError:
                continue
    except OSError:
        return


def find_memory_files(prefix: str) -> list[str]:
    """Paths that open the memory files whose name begins with `prefix`, of which living processes hold a descriptor. Own processes only."""
    found = {}
    for pid in _own_processes():
        for path, target in _descriptors(pid):
            if target.startswith(f"/memfd:{prefix}"):
                with suppress(OSError):
                    found.setdefault(os.stat(path).st_ino, path)
    return list(found.values())


def port_holder(port: int) -> str | None:
    """Who has a UDP port: "name (pid 123)", "another user's process", or None if it is free."""
    inodes = set()
    for table in ("/proc/net/udp", "/proc/net/udp6"):
        try:
            rows = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        inodes |= {row.split()[9] for row in rows if int(row.split()[1].rpartition(":")[2], 16) == port}
    if not inodes:
        return None
    targets = {f"socket:[{inode}]" for inode in inodes}
    for pid in _own_processes():
        if any(target in targets for _, target in _descriptors(pid)):
            return f"{Path(f'/proc/{pid}/comm').read_text().strip()} (pid {pid})"
    return "another user's process"
