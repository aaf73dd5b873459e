"""Cables: a socket for programs, the cards' devices, and ALSA's sequencer, which is played here by a library that is not there."""

import os
import socket
import stat
from types import SimpleNamespace

import pytest

from chronus import limits
from chronus.doors.midi import ports
from chronus.doors.midi.main import sources
from chronus.doors.midi.ports import Devices, Sequencer, SocketPorts


def plug(path) -> socket.socket:
    cable = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    cable.connect(str(path))
    return cable


def test_who_connects_is_a_cable(tmp_path):
    source = SocketPorts(tmp_path / "keys.sock")
    assert stat.S_IMODE(os.stat(source.path).st_mode) == 0o600 and source.look([]) == []
    one, two = plug(source.path), plug(source.path)
    first, second = source.look([])
    assert [first.name, second.name] == ["keys.sock 1", "keys.sock 2"]
    assert first.read() == b""
    one.sendall(b"\x90\x3c\x40" * 1_000)
    assert first.read() == (b"\x90\x3c\x40" * 1_000)[:limits.MIDI_READ_BYTES]
    two.close()
    assert second.read() is None
    first.close(), second.close(), one.close(), source.close()
    assert not source.path.exists()


def test_a_cable_that_is_full_says_so(tmp_path):
    source = SocketPorts(tmp_path / "keys.sock")
    cable = plug(source.path)
    (port,) = source.look([])
    while port.write(b"\x80\x3c\x00" * 1_000):
        pass
    assert len(cable.recv(1 << 20)) > 1_000
    assert port.write(b"\x80\x3c\x00")
    cable.close()
    assert port.write(b"\x80\x3c\x00"), "nobody there is nobody to wait for"
    port.close(), source.close()


def test_so_many_cables_and_no_more(tmp_path):
    source = SocketPorts(tmp_path / "keys.sock")
    cables = [plug(source.path) for _ in range(limits.MIDI_PORTS + 1)]
    found = source.look([])
    assert len(found) == limits.MIDI_PORTS and source.look(found) == []
    found.pop().close()
    assert len(source.look(found)) == 1
    for cable in cables:
        cable.close()
    source.close()


def test_a_socket_that_a_killed_door_left_is_made_anew(tmp_path):
    SocketPorts(tmp_path / "keys.sock").listener.close()
    source = SocketPorts(tmp_path / "keys.sock")
    assert not source.trouble and plug(source.path)
    other = SocketPorts(source.path)
    assert "there already" in other.trouble and other.handles() == other.look([]) == []
    other.close()
    assert source.path.exists(), "it is not the other's to remove"
    source.close()


@pytest.mark.parametrize("make, why", ((lambda path: path.write_text("mine"), "a file of that name"), (lambda path: path.parent.rmdir(), "No such file")))
def test_what_cannot_be_a_socket_is_said(tmp_path, make, why):
    path = tmp_path / "here" / "keys.sock"
    path.parent.mkdir()
    make(path)
    source = SocketPorts(path)
    assert why in source.trouble and "--midi" in source.trouble
    source.close()
    assert not path.exists() or path.read_text() == "mine"


def test_the_devices_of_cards_are_files(tmp_path):
    os.mkfifo(tmp_path / "midiC1D0")
    os.mkfifo(tmp_path / "midiC2D0")
    source = Devices(["c1"], tmp_path)
    (port,) = source.look([])
    assert "midiC1D0" in port.name and source.look([port]) == []
    with open(tmp_path / "midiC1D0", "wb", buffering=0) as device:
        device.write(b"\xf8")
        assert port.read() == b"\xf8" and port.read() == b""
    assert port.read() is None
    port.close()


class FakeRtMidi:
    """As much of python-rtmidi as is used; `plugged` are the ports that there are."""

    API_LINUX_ALSA = 2

    def __init__(self):
        self.plugged, self.inputs, self.sent = ["Keystation 20:0", "Chronus:in 128:0"], {}, []

    def MidiIn(self, rtapi, name):  # noqa: N802
        assert (rtapi, name) == (2, "chronus")
        fake, made = self, SimpleNamespace(open=None)
        made.get_ports = lambda: list(fake.plugged)
        made.ignore_types = lambda sysex, timing, active_sense: None
        made.set_callback = lambda callback: setattr(made, "callback", callback)
        made.cancel_callback = made.close_port = lambda: None
        made.open_port = lambda number, name: fake.inputs.update({fake.plugged[number]: made})
        made.open_virtual_port = lambda name: fake.inputs.update({"": made})
        return made


    def MidiOut(self, rtapi, name):  # noqa: N802
        made, port = SimpleNamespace(get_ports=lambda: list(self.plugged)), []
        made.open_port = lambda number, _: port.append(self.plugged[number])
        made.open_virtual_port = lambda name: port.append(name)
        made.send_message = lambda message: self.sent.append((port[0], message))
        made.close_port = lambda: self.sent.append((port[0], "closed"))
        return made


def test_outlets_of_the_sequencer_come_and_go(monkeypatch, tmp_path):
    monkeypatch.setattr(ports, "SEQUENCER", tmp_path)
    library = FakeRtMidi()
    source = Sequencer(library, [""])
    assert source.outlets(()) == []
    (keys,) = source.outlets(["KEY"])
    assert [keys] == source.outlets(["key", "stat"]), "opened once"
    keys.write(b"\xf2\x00\x01\xfb\xf8")
    assert library.sent == [("Keystation 20:0", message) for message in ([0xF2, 0, 1], [0xFB], [0xF8])]
    (own,) = source.outlets(["chronus:out"])
    own.write(b"\xf8")
    assert library.sent[-2:] == [("Keystation 20:0", "closed"), ("out", [0xF8])]
    assert source.outlets(()) == [] and library.sent[-1] == ("out", "closed")


def test_ports_of_the_sequencer_come_and_go(monkeypatch, tmp_path):
    monkeypatch.setattr(ports, "SEQUENCER", tmp_path)
    library = FakeRtMidi()
    source = Sequencer(library, [""])
    virtual, keys = source.look([])
    assert [virtual.name, keys.name] == ["chronus:in", "Keystation 20:0"], "our own port is not played into itself"
    library.inputs["Keystation 20:0"].callback(([0x90, 60, 64], 0.0), None)
    library.inputs[""].callback(([0xF8], 0.0), None)
    assert keys.read() == b"\x90\x3c\x40" and virtual.read() == b"\xf8" and keys.read() == b""
    callback = library.inputs["Keystation 20:0"].callback
    library.plugged = ["Pads 24:0"]
    (pads,) = source.look([virtual, keys])
    assert pads.name == "Pads 24:0" and keys.read() is None
    callback(([0x90, 60, 64], 0.0), None)            # one that was under way
    assert not pads.read()
    for _ in range(100_000):
        library.inputs["Pads 24:0"].callback(([0x90, 60, 64], 0.0), None)
    assert pads.lost
    source.close()
    for port in (virtual, keys, pads):
        port.close()


def test_a_sequencer_that_refuses_is_said(monkeypatch, tmp_path):
    library = FakeRtMidi()
    monkeypatch.setattr(ports, "SEQUENCER", tmp_path / "none")
    source = Sequencer(library, [""])
    assert source.look([]) == [] and "group audio" in source.trouble
    monkeypatch.setattr(ports, "SEQUENCER", tmp_path)
    monkeypatch.setattr(library, "MidiIn", lambda **_: exec("raise OSError('no client')"))
    assert source.look([]) == [] and "no client" in source.trouble


def test_what_the_option_asks_for(tmp_path):
    found = sources(f"Keystation, {tmp_path}/a.sock")
    assert [type(source) for source in found][0] is SocketPorts and found[1].wanted == ["Keystation"]
    found[0].close()
    assert sources("auto")[0].wanted == [""]
    assert [source.wanted for source in sources("Key,Mini")] == [["Key", "Mini"]], "two of them would send to each port twice"

