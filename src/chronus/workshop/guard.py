"""The limits of a process that builds a user's module: time, memory, files, and what Python code may ask of the system."""

import os
import resource
import sys
from contextlib import contextmanager

from chronus import limits, linux

FORBIDDEN = ("open", "os.", "subprocess.", "socket.", "ctypes.", "shutil.", "pty.", "mmap.", "fcntl.", "signal.", "tempfile.", "glob.",
             "urllib.", "http.", "ftplib.", "smtplib.", "sqlite3.", "webbrowser.", "import")
_armed = False


class Refused(Exception):
    """A user's file asked the system for something while it ran."""


def limit_process(cpu_seconds: int = limits.BUILD_CPU_SECONDS) -> None:
    """Bounds this process. What it would do beyond them fails or ends it; it ends with its parent, too."""
    linux.end_with_parent(os.getppid())
    bounds = {resource.RLIMIT_AS: limits.BUILD_MEMORY_BYTES, resource.RLIMIT_CORE: 0,
              resource.RLIMIT_FSIZE: limits.BUILD_FILE_BYTES}
    for which, most in bounds.items():
        hard = resource.getrlimit(which)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 2))      # SIGXCPU says what it was; SIGKILL would not
    sys.addaudithook(_audit)


def forbid_processes() -> None:
    """From here on this process can start no other, nor a thread. (Root is not bound by it; the audit hook binds Python.)"""
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))


def _audit(event: str, arguments: tuple) -> None:
    if _armed and event.startswith(FORBIDDEN):
        raise Refused(f"a module may not ask the system for anything ({event}); it has only its inputs and its state")


@contextmanager
def armed():
    """While a user's Python runs: every request to the system raises Refused."""
    global _armed
    _armed = True
    try:
        yield
    finally:
        _armed = False
