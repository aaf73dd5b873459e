"""A sound card through miniaudio, which calls our native code directly: ALSA, PulseAudio, JACK and what else it finds."""

import miniaudio
import numpy as np

from chronus.device.callback import fill, note_turn
from chronus.native.build import build
from chronus.native.words import clear, compare_and_swap, load, monotonic_ns, store_release
from chronus.shared.layout import CHANNELS, PACE

lib, ffi = miniaudio.lib, miniaudio.ffi
USER_DATA = ffi.offsetof("ma_device", "pUserData")
SIGNATURE = "void(intp, intp, intp, uint32)"
DISCARD = "Discard all samples"             # ALSA lists its null plug-in under this name
BACKENDS = ("ma_backend_pulseaudio", "ma_backend_alsa", "ma_backend_jack", "ma_backend_coreaudio")


def data_callback(device, output, capture, frames):
    """What miniaudio calls: the device's user data is the address of two words, that of the shared memory and the card's number. A card that has not
    the pace, because it is only about to get it or was given up, is silent.
    """
    own = load(device + USER_DATA)
    base, mine = load(own), 2 * load(own + 8)
    if compare_and_swap(base + PACE, mine, mine + 1) == mine:
        note_turn(base, monotonic_ns(), frames)
        fill(base, output, frames)
        store_release(base + PACE, mine)
    else:
        clear(output, 4 * CHANNELS * frames)


def prepare() -> int:
    return build(data_callback, SIGNATURE)


def names() -> list[str]:
    """Playback devices of this machine; empty where there is none. ALSA's own null device is none."""
    wanted = [backend for name, backend in vars(miniaudio.Backend).items() if name in ("PULSEAUDIO", "ALSA", "JACK", "COREAUDIO")]
    try:
        found = [device["name"] for device in miniaudio.Devices(wanted).get_playbacks()]
    except miniaudio.MiniaudioError:
        return []
    return [name for name in found if not name.startswith(DISCARD)]


class Card:
    """An open card, which plays when PACE is its own, by its `number` from 1. Raises OSError, with what to do, where it cannot be opened."""

    def __init__(self, base: int, rate: int, block: int, name: str | None = None, number: int = 1):
        self.number, self.own = number, np.array([base, number], np.int64)
        self.device = ffi.new("ma_device *")
        self.context = ffi.new("ma_context *")
        wanted = [getattr(lib, backend) for backend in BACKENDS]
        if lib.ma_context_init(ffi.new("ma_backend[]", wanted), len(wanted), ffi.NULL, self.context) != 0:
            raise OSError("no sound system answers (ALSA, PulseAudio, JACK); use --device null")
        try:
            self.identity, self.label = self._identity(name), name or "the default sound card"
            self._start(rate, block)
        except OSError:
            lib.ma_context_uninit(self.context)
            raise

    def _start(self, rate: int, block: int) -> None:
        config = lib.ma_device_config_init(lib.ma_device_type_playback)
        config.sampleRate, config.periodSizeInFrames, config.periods = rate, block, 2
        config.playback.format, config.playback.channels = lib.ma_format_f32, CHANNELS
        config.dataCallback = ffi.cast("ma_device_data_proc", prepare())
        config.pUserData = ffi.cast("void *", self.own.ctypes.data)
        if self.identity is not None:
            config.playback.pDeviceID = self.identity
        result = lib.ma_device_init(self.context, ffi.new("ma_device_config *", config), self.device)
        if result != 0:
            raise OSError(f"the sound card could not be opened (miniaudio result {result}); is another program using it?")
        result = lib.ma_device_start(self.device)
        if result != 0:
            lib.ma_device_uninit(self.device)
            raise OSError(f"the sound card could not be started (miniaudio result {result})")

    def _identity(self, name: str | None):
        """The id of the device called `name`; None for the default one."""
        if name is None:
            return None
        infos, count = ffi.new("ma_device_info **"), ffi.new("ma_uint32 *")
        lib.ma_context_get_devices(self.context, infos, count, ffi.NULL, ffi.NULL)
        there = {ffi.string(infos[0][i].name).decode(errors="replace"): i for i in range(count[0])}
        if name not in there:
            raise OSError(f"there is no sound card '{name}'; there is {', '.join(there) or 'none'}")
        identity = ffi.new("ma_device_id *")
        identity[0] = infos[0][there[name]].id
        return identity

    def close(self) -> None:
        lib.ma_device_uninit(self.device)
        lib.ma_context_uninit(self.context)
