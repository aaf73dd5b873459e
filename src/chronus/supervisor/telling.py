"""What an engine says on standard output and error: it may outlive whoever reads it, and nobody ends or waits because it cannot be written."""

import io
import os
import select
import sys
from contextlib import suppress

AT_ONCE = select.PIPE_BUF               # bytes for which a pipe has room, where it has any


class Telling(io.RawIOBase):
    """A descriptor. What it does not take now is lost."""

    def __init__(self, descriptor: int):
        self.descriptor, self.poll = descriptor, select.poll()
        self.poll.register(descriptor, select.POLLOUT)

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return os.isatty(self.descriptor)

    def write(self, content) -> int:
        with suppress(OSError):
            if self.poll.poll(0):
                return os.write(self.descriptor, content[:AT_ONCE])
        return len(content)


def tell_who_listens() -> None:
    """From here on this process and its children say what they say to whoever is there."""
    sys.stdout, sys.stderr = (io.TextIOWrapper(io.BufferedWriter(Telling(file.fileno())), file.encoding, "replace", line_buffering=True)
                              for file in (sys.stdout, sys.stderr))
