"""Makes tables of files, in a process of its own: whatever is in a file, the engine only hears that it was no sound.

`Fetching` is the side of who asks, `main` that of the process. It is asked for [name, kind, digest] each, as JSON, and answers with
[digest, bytes] or with why not.
"""
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from chronus import limits, linux
from chronus.dsp.declare import TABLE_KINDS
from chronus.dsp.tables import TABLE_END, TABLE_HEADER, packed, unpacked
from chronus.tables import builtin, store
from chronus.tables.responses import response_table
from chronus.tables.samples import open_sample
from chronus.tables.store import TableError
from chronus.tables.waves import cycles_in, wave_table

UNKNOWN_LENGTH = (1 << 63) - 1           # frames, in the words of libsndfile
LOUDEST = 16.0                           # +24 dB over full scale: what a file of floats may hold
SMALLEST = 1e-30                         # below it a sample is 0: nobody hears it, and a denormal would cost 45 times the time
BOOTSTRAP = ("import os; os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0)); os.nice(10); "
             "from chronus.tables.decode import main; main()")


class Wanted(NamedTuple):
    """A table that a patch names: what people call it, its kind, and its digest where that is known."""

    name: str
    kind: str
    digest: str


class Fetching:
    """Tables on their way. `done` says when they are there, `found` what they are."""

    def __init__(self, wanted: Iterable[Wanted], session: Path | None):
        self.wanted, self.since = sorted(set(wanted)), time.monotonic()
        if len(self.wanted) > limits.TABLES:
            raise TableError(f"a patch has at most {limits.TABLES} different tables; take one out")
        self.process = subprocess.Popen([sys.executable, "-P", "-c", BOOTSTRAP], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdin.write(json.dumps([self.wanted, session and str(session)]).encode())
        self.process.stdin.close()

    def done(self) -> bool:
        """Whether the process has ended; it is ended where it takes too long."""
        if time.monotonic() - self.since > limits.DECODE_SECONDS:
            self.process.kill()
            self.process.wait()
        return self.process.poll() is not None

    def found(self) -> dict[Wanted, tuple[str, int]]:
        """(digest, bytes) of each table. Raises TableError."""
        with self.process.stdout as answers:
            content = answers.read()
        try:
            rows = json.loads(content)
        except ValueError:
            raise TableError(f"what is in {', '.join(w.name for w in self.wanted)} ended the process that reads files; take another file") from None
        for row in rows:
            if isinstance(row, str):
                raise TableError(row)
        return {wanted: (digest, size) for wanted, (digest, size) in zip(self.wanted, rows)}


def fetch(wanted: Iterable[Wanted], session: Path | None = None) -> dict[Wanted, tuple[str, int]]:
    """Waits for the tables. Raises TableError."""
    fetching = Fetching(wanted, session)
    while not fetching.done():
        time.sleep(0.005)
    return fetching.found()


def main() -> None:
    """The process that reads files."""
    linux.end_with_parent(os.getppid())
    for which, most in ((resource.RLIMIT_AS, limits.DECODE_MEMORY_BYTES), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, store.MOST_BYTES),
                        (resource.RLIMIT_CPU, round(limits.DECODE_SECONDS))):
        hard = resource.getrlimit(which)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(which, (most, most))
    wanted, session = json.load(sys.stdin)
    answers = []
    for row in wanted:
        answers.append(answer(Wanted(*row), session))
        if isinstance(answers[-1], str):
            break                       # one reason is enough, and all that is said has room in the pipe
    print(json.dumps(answers))


def answer(wanted: Wanted, session: str | None):
    """(digest, bytes) of a table that is in the cache now, or a sentence that says why not."""
    name, kind, digest = wanted
    try:
        if mistake := builtin.mistaken(name, kind):
            raise TableError(mistake)
        for known in (digest, builtin.DIGESTS.get(name, "")):
            if known:
                try:
                    return kept(known, kind, session)
                except TableError:
                    continue                # gone from cache and session: what the name stands for now takes its place
        return kept(store.put(made(name, kind)), kind, session)
    except TableError as error:
        return str(error)[:300]
    except OSError as error:
        return f"the table '{name}' cannot be kept ({error.strerror}); make room"


def kept(digest: str, kind: str, session: str | None) -> tuple[str, int]:
    """(digest, bytes) of a table, which is with the session, too. Raises TableError, where it is of another kind, too, and OSError."""
    loaded = store.load(digest, session and Path(session))
    if unpacked(loaded.content)[2] != TABLE_KINDS.index(kind):
        raise TableError(f"the table {digest} is no {kind}; name another with /patch/set")
    if session:
        store.keep(Path(session), digest)
    return digest, loaded.size


def made(name: str, kind: str) -> bytes:
    """The table of a file of the user's. Raises TableError."""
    descriptor = open_sample(name)
    try:
        samples, rate = decoded(descriptor, name)
    finally:
        os.close(descriptor)
    try:
        if kind == "wave":
            samples = wave_table(cycles_in(samples))
        if kind == "response":
            samples = response_table(samples)
    except ValueError as error:
        raise TableError(f"'{name}': {error}") from None
    if samples.nbytes > limits.TABLE_BYTES - TABLE_HEADER - TABLE_END:
        raise TableError(f"'{name}' would take {samples.nbytes >> 20} MiB, and there are {limits.TABLE_BYTES >> 20}; take a smaller one")
    return packed(samples, rate, TABLE_KINDS.index(kind))


def decoded(descriptor: int, name: str) -> tuple[np.ndarray, int]:
    """(samples, rate) of a WAV or FLAC file: float32 of shape (frames, channels), finite, and no denormals. Raises TableError."""
    import soundfile                     # its libsndfile is loaded in this process and in no other
    try:
        with soundfile.SoundFile(descriptor, closefd=False) as file:
            if file.format not in ("WAV", "WAVEX", "RF64", "FLAC"):
                raise TableError(f"'{name}' is {file.format}, and neither WAV nor FLAC; convert it")
            if file.channels > 2 or not 1_000 <= file.samplerate <= 768_000:
                raise TableError(f"'{name}' has {file.channels} channels at {file.samplerate} Hz; make it mono or stereo")
            most = (limits.TABLE_BYTES - TABLE_HEADER - TABLE_END) // (4 * file.channels)
            if file.frames == UNKNOWN_LENGTH:
                raise TableError(f"'{name}' does not say how long it is, as a stream does; encode it again from a file")
            if file.frames > most:
                raise TableError(f"'{name}' is {file.frames / file.samplerate:.0f} s long; up to {most / file.samplerate:.0f} s there is room for")
            samples, rate = file.read(dtype="float32", always_2d=True), file.samplerate
    except soundfile.SoundFileError as error:
        raise TableError(f"'{name}' is no sound that can be read ({str(error).rpartition(':')[2].strip()[:100]}); take another file") from None
    if len(samples) == 0:
        raise TableError(f"'{name}' has no sound in it; take another file")
    samples = np.clip(np.nan_to_num(samples, nan=0.0, posinf=LOUDEST, neginf=-LOUDEST), -LOUDEST, LOUDEST)
    return np.where(np.abs(samples) < SMALLEST, np.float32(0.0), samples), rate
