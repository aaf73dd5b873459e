"""The cables: MIDI ports of this machine through ALSA, and a socket for programs. Each is a descriptor from which MIDI bytes can be read.

ALSA's sequencer is reached through python-rtmidi, which finds other programs, too, and lets them find us. Where that is not installed (it has
wheels up to Python 3.12) the cards' own MIDI devices are read, which are files.
"""
import errno
import os
import re
import socket
import stat
import threading
from collections.abc import Iterable
from pathlib import Path

from chronus import limits

SEQUENCER, DEVICES = Path("/dev/snd/seq"), Path("/dev/snd")
OWN_NAME, OWN_OUT = "chronus", "chronus:out"
MESSAGE = re.compile(rb"[\x80-\xff][\x00-\x7f]*")


class Port:
    """A cable that is plugged in. `lost` says that bytes found no room: what is held is unknown then."""

    def __init__(self, name: str, descriptor: int, close=None):
        self.name, self.descriptor, self.lost = name[:limits.MIDI_NAME], descriptor, False
        self._close = close or (lambda: os.close(descriptor))

    def read(self) -> bytes | None:
        """What has come, at most limits.MIDI_READ_BYTES; None when the cable is out."""
        try:
            return os.read(self.descriptor, limits.MIDI_READ_BYTES) or None
        except BlockingIOError:
            return b""
        except OSError:
            return None

    def write(self, content: bytes) -> bool:
        """Sends bytes the other way, where the cable goes both ways; False where there is no room for them now."""
        try:
            return os.write(self.descriptor, content) == len(content)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def close(self) -> None:
        self._close()


class SocketPorts:
    """A Unix socket at a path: whoever connects is a cable, and whoever disconnects has pulled it out."""

    def __init__(self, path: Path):
        self.path, self.trouble, self.count = path, "", 0
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.setblocking(False)
        try:
            self._remove_stale()
            before = os.umask(0o177)             # only this user may play
            try:
                self.listener.bind(str(path))
            finally:
                os.umask(before)
            self.listener.listen(limits.MIDI_PORTS)
        except OSError as error:
            reason = "it is there already" if error.errno == errno.EADDRINUSE else error.strerror or str(error)
            self.trouble = f"{path} cannot be a MIDI socket ({reason}); name another path with --midi"

    def _remove_stale(self) -> None:
        """A socket that a killed door left; never anything else."""
        try:
            if not stat.S_ISSOCK(os.lstat(self.path).st_mode):
                raise FileExistsError(errno.EEXIST, "a file of that name exists")
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
                probe.settimeout(1.0)
                try:
                    probe.connect(str(self.path))
                except ConnectionRefusedError:
                    os.unlink(self.path)
        except FileNotFoundError:
            pass

    def handles(self) -> list[int]:
        return [] if self.trouble else [self.listener.fileno()]

    def look(self, known: list[Port]) -> list[Port]:
        """The ports that are new."""
        found = []
        while not self.trouble and len(known) + len(found) < limits.MIDI_PORTS:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                break
            connection.setblocking(False)
            self.count += 1
            found.append(Port(f"{self.path.name} {self.count}", connection.fileno(), connection.close))
        return found

    def outlets(self, wanted: Iterable[str]) -> list[Port]:
        """Ports that only take: none here, a socket goes both ways."""
        return []

    def close(self) -> None:
        self.listener.close()
        if not self.trouble:
            self.path.unlink(missing_ok=True)


class Devices:
    """The cards' MIDI devices, such as /dev/snd/midiC1D0, whose names contain one of `wanted`."""

    def __init__(self, wanted: Iterable[str], folder: Path = DEVICES):
        self.wanted, self.folder, self.trouble = list(wanted), folder, ""

    def names(self) -> dict[str, Path]:
        """The devices that there are, by name."""
        return {f"{_card_name(path)} ({path.name})": path for path in sorted(self.folder.glob("midiC*D*"))}

    def handles(self) -> list[int]:
        return []

    def look(self, known: list[Port]) -> list[Port]:
        """The ports that are new. One whose cable is out ends by itself, when it is read."""
        found, there = [], {port.name for port in known}
        self.trouble = ""
        for name, path in self.names().items():
            if _is_one_of(self.wanted, name) and name[:limits.MIDI_NAME] not in there and len(known) + len(found) < limits.MIDI_PORTS:
                try:
                    found.append(Port(name, os.open(path, _access(path) | os.O_NONBLOCK | os.O_CLOEXEC)))
                except OSError as error:
                    self.trouble = f"{path} cannot be opened ({error.strerror}); is another program using it, are you in the group audio?"
        return found

    def outlets(self, wanted: Iterable[str]) -> list[Port]:
        """Ports that only take: none, a device that is read is written to."""
        return []

    def close(self) -> None:
        pass


def _access(path: Path) -> int:
    """Both ways where the device has both; a pipe in its place has one."""
    return os.O_RDWR if os.access(path, os.W_OK) and not path.is_fifo() else os.O_RDONLY


def _is_one_of(wanted: Iterable[str], name: str) -> bool:
    """Whether a port's name contains one of these words."""
    return any(word.lower() in name.lower() for word in wanted)


def _card_name(path: Path) -> str:
    number = path.name.removeprefix("midiC").partition("D")[0]
    try:
        return Path(f"/proc/asound/card{number}/id").read_text().strip()
    except OSError:
        return f"card {number}"


class Outlet:
    """A port of ALSA's sequencer that takes bytes."""

    def __init__(self, name: str, device):
        self.name, self.device = name, device

    def write(self, content: bytes) -> bool:
        """Sends whole messages, one after the other; ALSA has room for them."""
        for message in MESSAGE.findall(content):
            self.device.send_message(list(message))
        return True


class Sequencer:
    """Ports of ALSA's sequencer whose names contain one of `wanted`, and one of our own that other programs can connect to."""

    def __init__(self, rtmidi, wanted: Iterable[str]):
        self.rtmidi, self.wanted, self.trouble = rtmidi, list(wanted), ""
        self.lister, self.out_lister, self.opened, self.outs, self.lock = None, None, {}, {}, threading.Lock()

    def _new_input(self):
        return self.rtmidi.MidiIn(rtapi=self.rtmidi.API_LINUX_ALSA, name=OWN_NAME)

    def _new_output(self):
        return self.rtmidi.MidiOut(rtapi=self.rtmidi.API_LINUX_ALSA, name=OWN_NAME)

    def names(self) -> list[str]:
        """The ports that there are, our own left out."""
        if self.lister is None:
            self.lister = self._new_input()
        return [name for name in self.lister.get_ports() if not name.lower().startswith(OWN_NAME)]

    def handles(self) -> list[int]:
        return []

    def look(self, known: list[Port]) -> list[Port]:
        """The ports that are new; those that are gone end."""
        found = []
        if not os.access(SEQUENCER, os.R_OK | os.W_OK):      # asked first, or the library would say so on the screen each second
            self.trouble = f"{SEQUENCER} may not be opened; join the group audio and log in again"
            return found
        try:
            names = self.names()
            for name in [name for name in self.opened if name and name not in names]:
                self._unplug(name)
            wanted = ["", *(name for name in names if _is_one_of(self.wanted, name))]
            for name in wanted:
                if name not in self.opened and len(known) + len(found) < limits.MIDI_PORTS:
                    found.append(self._open(name, names))
            self.trouble = ""
        except Exception as error:           # the library raises its own kinds, by what the system says
            self.trouble = f"ALSA gives no MIDI ports: {error}"
        return found

    def _open(self, name: str, names: list[str]) -> Port:
        """A port whose bytes arrive in a pipe; "" is our own, for others to connect to."""
        device = self._new_input()
        device.ignore_types(sysex=True, timing=False, active_sense=False)
        reading, writing = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        port = Port(name or f"{OWN_NAME}:in", reading)
        self.opened[name] = device, writing

        def hear(event, _):                  # in a thread of the library's
            with self.lock:
                try:
                    if self.opened.get(name, (None, -1))[0] is device:
                        os.write(writing, bytes(event[0]))
                except OSError:
                    port.lost = True
        device.set_callback(hear)
        if name:
            device.open_port(names.index(name), "in")
        else:
            device.open_virtual_port("in")
        return port

    def outlets(self, wanted: Iterable[str]) -> list[Outlet]:
        """Ports that take bytes and whose names contain one of `wanted`, "chronus:out" one of our own."""
        if not wanted and not self.outs or not os.access(SEQUENCER, os.R_OK | os.W_OK):
            return []
        try:
            self.out_lister = self.out_lister or self._new_output()
            there = self.out_lister.get_ports()
            names = [name for name in there if _is_one_of(wanted, name) and not name.lower().startswith(OWN_NAME)]
            names = (names + [OWN_OUT] * _is_one_of(wanted, OWN_OUT))[:limits.MIDI_PORTS]
            for name in [name for name in self.outs if name not in names]:
                self.outs.pop(name).device.close_port()
            for name in [name for name in names if name not in self.outs]:
                device = self._new_output()
                device.open_virtual_port("out") if name == OWN_OUT else device.open_port(there.index(name), "out")
                self.outs[name] = Outlet(name, device)
        except Exception as error:           # the library raises its own kinds
            self.trouble = f"ALSA gives no MIDI ports to send to: {error}"
        return list(self.outs.values())

    def _unplug(self, name: str) -> None:
        """The writing end is closed, so the reader finds the end."""
        with self.lock:
            device, writing = self.opened.pop(name)
        device.cancel_callback()
        device.close_port()
        os.close(writing)

    def close(self) -> None:
        for name in list(self.opened):
            self._unplug(name)


def machine_ports(wanted: Iterable[str]):
    """The ports of this machine whose names contain one of `wanted`: a Sequencer or Devices."""
    try:
        import rtmidi
    except ImportError:
        return Devices(wanted)
    return Sequencer(rtmidi, wanted) if SEQUENCER.exists() else Devices(wanted)


def listed() -> list[str]:
    """Names of the MIDI ports of this machine."""
    try:
        return list(machine_ports([""]).names())
    except Exception:                        # the library raises its own kinds
        return []


def why_none() -> str:
    """What to do where this machine has no MIDI ports; "" where it has."""
    if SEQUENCER.exists() or any(DEVICES.glob("midiC*D*")):
        return ""
    return "this system has no ALSA MIDI: try `sudo modprobe snd-seq`, or play through a socket, --midi /PATH"
