"""Looks at this machine and says what to change so that it plays well."""

import mmap
import os
import platform
import resource
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from chronus import linux
from chronus.faces.report import show_object, show_table

LIMITS_FILE = "/etc/security/limits.d/95-chronus.conf"
LIMITS_LINES = ("@audio - rtprio 95", "@audio - memlock unlimited")
EDIT_LIMITS = (f"write the lines `{LIMITS_LINES[0]}` and `{LIMITS_LINES[1]}` into {LIMITS_FILE}, "
               "put yourself into the group (sudo usermod -aG audio $USER), and log in again")
MEMORY_BYTES = 512 << 20                 # what seven processes with compiled kernels take, and as much again
LOCK_BYTES = 1 << 30                     # what a process maps, which counts as locked, touched or not
NO_CARD = "Discard all samples"          # ALSA's own null device, which is listed where there is no card
CLOCKS = ("tsc", "arch_sys_counter", "kvm-clock", "hyperv_clocksource_tsc_page", "hyperv_clocksource")
CLOCK_FILE = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. `level` is "good", "could be better" (it plays) or "bad" (it does not)."""

    what: str
    level: str
    found: str
    advice: str = ""


def report(port: int, json: bool) -> int:
    """Prints all findings; 1 if one of them keeps the engine from playing."""
    findings = examine(port)
    if json:
        show_object({"findings": [asdict(finding) for finding in findings], "plays": all(one.level != "bad" for one in findings)})
    else:
        show_table("This machine", ["", "", "found", "what to do"], [[one.what, one.level, one.found, one.advice] for one in findings])
    return int(any(one.level == "bad" for one in findings))


def examine(port: int) -> list[Finding]:
    """Looks at everything once."""
    return [python(), processor(), memory(), locked_memory(), realtime(), sound(), kernels(), shared_memory(), osc_port(port), clock()]


def python() -> Finding:
    good = sys.version_info >= (3, 11)
    return Finding("python", "good" if good else "bad", platform.python_version(), "" if good else "install Python 3.11 or later")


def processor() -> Finding:
    from chronus.native.build import processor as made_for
    name, features = made_for()
    good = platform.machine() != "x86_64" or "+fma" in features.split(",")
    return Finding("processor", "good" if good else "could be better", name if good else f"{name}, which cannot multiply and add in one instruction (fma)",
                   "" if good else "take one made since 2013: on this one voices take several times as long, and sound the same")


def memory() -> Finding:
    rows = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    free = int(rows["MemAvailable"].split()[0]) << 10
    good = free >= MEMORY_BYTES
    return Finding("memory", "good" if good else "could be better", f"{free >> 20} MiB available",
                   "" if good else f"close something: below {MEMORY_BYTES >> 20} MiB the engine may be paged out, and be heard")


def locked_memory() -> Finding:
    limit = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0]
    good = limit == resource.RLIM_INFINITY or limit >= LOCK_BYTES
    found = "unlimited" if limit == resource.RLIM_INFINITY else f"{limit >> 10} KiB may be locked"
    return Finding("locked memory", "good" if good else "could be better", found, "" if good else EDIT_LIMITS)


def realtime() -> Finding:
    """Tries it, in a child that plays nothing: rights come from limits, capabilities and control groups, and only trying knows."""
    limit = resource.getrlimit(resource.RLIMIT_RTPRIO)[0]
    child = os.fork()
    if child == 0:
        os._exit(0 if linux.realtime("device") else 1)
    good = os.waitpid(child, 0)[1] == 0
    found = f"priority {linux.PRIORITY['device']} {'is' if good else 'is not'} allowed (limit {limit})"
    return Finding("real-time scheduling", "good" if good else "could be better", found, "" if good else EDIT_LIMITS)


def sound() -> Finding:
    nothing = "none: the null device plays, silently"
    try:
        import miniaudio
        devices = miniaudio.Devices()
        names = [device["name"] for device in devices.get_playbacks() if not device["name"].startswith(NO_CARD)]
    except ImportError:
        return Finding("sound", "could be better", nothing, "miniaudio is missing: install gcc and python3-dev, then make clean and make jam")
    except miniaudio.MiniaudioError as error:
        return Finding("sound", "could be better", nothing, f"no sound system answers ({error}): connect a sound card, or start PulseAudio or JACK")
    if not names:
        return Finding("sound", "could be better", nothing, f"{devices.backend} has no device: connect a sound card")
    return Finding("sound", "good", f"{devices.backend}: {', '.join(names)}")


def kernels() -> Finding:
    from chronus.native.build import CacheError, elsewhere, folder
    try:
        path = folder()
    except CacheError as error:
        return Finding("kernel cache", "bad", "cannot be used", str(error))
    good = os.access(path, os.W_OK | os.X_OK)
    return Finding("kernel cache", "good" if good else "bad", f"{path}, {sum(1 for _ in path.iterdir())} files",
                   "" if good else elsewhere(f"make it writable (chmod u+rwx {path})"))


def shared_memory() -> Finding:
    try:
        descriptor = linux.memory_file("chronus-doctor", mmap.PAGESIZE)
    except OSError as error:
        return Finding("shared memory", "bad", f"no memory file: {error.strerror}", "allow memfd_create: a sandbox or an old kernel forbids it")
    try:
        with mmap.mmap(descriptor, mmap.PAGESIZE) as view:
            view[0] = 1
    finally:
        os.close(descriptor)
    return Finding("shared memory", "good", "memory files can be made and mapped")


def osc_port(port: int) -> Finding:
    holder = linux.port_holder(port)
    if holder is None:
        return Finding("osc port", "good", f"{port} is free")
    return Finding("osc port", "could be better", f"{port} is held by {holder}",
                   "if that is an engine, `chronus down` ends it; else start yours with --osc 127.0.0.1:PORT")


def clock() -> Finding:
    try:
        source = CLOCK_FILE.read_text().strip()
    except OSError:
        return Finding("clock", "could be better", "the kernel does not say which", "nothing, if the engine plays well")
    good = source in CLOCKS
    return Finding("clock", "good" if good else "could be better", source,
                   "" if good else f"{source} takes microseconds to read: let the kernel use the processor's own (boot with clocksource=tsc)")
