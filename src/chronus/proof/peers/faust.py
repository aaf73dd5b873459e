"""Faust, compiled to C++ and then by g++ with the flags of its own tools; the same programs run in DawDreamer. All of it is at audio rate.

The compiler computes what is the same only once, so every voice's envelopes have an attack of their own.
"""
import hashlib
import math
import subprocess
from pathlib import Path

from chronus.proof.peers import works
from chronus.proof.peers.install import program as version_of
from chronus.proof.peers.peer import SOUND, Peer
from chronus.proof.peers.works import BLOCK, CHANNELS, RATE, voices

FLAGS = ("-O3", "-march=native", "-ffast-math", "-std=c++17")
BUILD_SECONDS = 900
TOGETHER = 16                            # voices that are added up in one definition
HEAD = f"""import("stdfaust.lib");
envelope(attack) = en.adsr(attack, {works.DECAY}, {works.SUSTAIN}, {works.RELEASE}, (ba.time % {RATE}) < {round(works.HELD * RATE)});
"""
SUBTRACTIVE = f"""
voice(attack, f, left, right) = os.sawtooth(f) + os.sawtooth(f * {works.DETUNE})
    : fi.resonlp({works.CUTOFF} + {works.OPENING} * envelope(attack), {works.Q}, 1) : *(envelope(attack + 0.00001)) <: *(left), *(right);
"""
OPERATORS = f"""
operator(f, bent) = rdtable(65536, os.sinwaveform(65536), int(ma.frac(os.phasor(1, f) + bent + 1) * 65536));
bend(f, bent) = {works.DEPTH / math.tau} * operator(f, bent);
voice(attack, f, level) = operator(f, bend(f * {works.RATIO}, bend(f * {works.RATIO}, bend(f * {works.RATIO}, 0)))) * envelope(attack) * level;
"""
CHAIN = f"""
moved(hertz, x) = x + de.fdelay(4096, {works.RATE // 1000} * ({works.CHORUS_MS} + {works.SWING_MS} * os.osc(hertz)), x);
echo = + ~ (@({round(1e-3 * works.ECHO_MS * RATE) - 1}) : *({works.FEEDBACK}));
voice(attack, f, level) = os.sawtooth(f) * level <: (moved({works.CHORUS_HZ[0]}) : echo), (moved({works.CHORUS_HZ[1]}) : echo)
    <: (*({1.0 - works.REVERB}), *({1.0 - works.REVERB})), (re.stereo_freeverb(0.84, 0.5, 0.2, 23) : *({0.05 * works.REVERB}), *({0.05 * works.REVERB}))
    :> _, _;
"""
TEXTS = {"W1": SUBTRACTIVE, "W1b": SUBTRACTIVE, "W2": "", "W4": OPERATORS, "W5": "", "W3": CHAIN, "W3x16": CHAIN}

RENDERER = """#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>
#include <xmmintrin.h>
#define FAUSTFLOAT float
struct Meta { void declare(const char*, const char*) {} };
struct UI { void openVerticalBox(const char*) {} void closeBox() {} };
struct dsp { virtual ~dsp() {} };
<<includeIntrinsic>>
<<includeclass>>
int main(int, char** words) {
    _mm_setcsr(_mm_getcsr() | 0x8040);
    mydsp* work = new mydsp();
    const int rate = RATE, block = BLOCK, channels = work->getNumOutputs();
    const unsigned frames = std::ceil(std::atof(words[1]) * rate), size = frames * channels * 4;
    work->init(rate);
    FILE* file = std::fopen("SOUND", "wb");
    auto number = [&](unsigned value, int bytes) { std::fwrite(&value, bytes, 1, file); };
    std::fwrite("RIFF", 4, 1, file); number(36 + size, 4); std::fwrite("WAVEfmt ", 8, 1, file); number(16, 4); number(3, 2); number(channels, 2);
    number(rate, 4); number(rate * channels * 4, 4); number(channels * 4, 2); number(32, 2); std::fwrite("data", 4, 1, file); number(size, 4);
    std::vector<float> planes(channels * block), both(channels * block);
    std::vector<float*> outputs;
    for (int c = 0; c < channels; c++) outputs.push_back(&planes[c * block]);
    for (unsigned done = 0; done < frames; done += block) {
        work->compute(block, nullptr, outputs.data());
        for (int i = 0; i < block; i++) for (int c = 0; c < channels; c++) both[i * channels + c] = outputs[c][i];
        std::fwrite(both.data(), 4 * channels, std::min<unsigned>(block, frames - done), file);
    }
    std::fclose(file);
}
""".replace("RATE", str(RATE)).replace("BLOCK", str(BLOCK)).replace("SOUND", SOUND)


def text(work: str) -> str:
    """The Faust program of a work."""
    rows = []
    for i, voice in enumerate(voices(work)):
        if work == "W2":
            rows.append(f"os.osc({voice.freq}) * {voice.level:.9f}")
        elif work == "W5":
            rows.append(f"fi.resonlp({voice.freq}, {works.Q}, {voice.level:.9f})")
        else:
            gains = (math.sqrt(0.5 - 0.5 * voice.pan), math.sqrt(0.5 + 0.5 * voice.pan)) if work in ("W1", "W1b") else (1.0,)
            rows.append(f"voice({works.ATTACK + 2e-5 * i:.6f}, {voice.freq}, {', '.join(f'{voice.level * gain:.9f}' for gain in gains)})")
    groups = [rows[i:i + TOGETHER] for i in range(0, len(rows), TOGETHER)]
    split, joined = "_ <: " if work == "W5" else "", ", ".join("_" * CHANNELS[work])
    defined = [f"group{i} = {split}{', '.join(group)} :> {joined};" for i, group in enumerate(groups)]
    source = "no.noise <: " if work == "W5" else ""
    return "\n".join([HEAD, TEXTS[work], *defined, f"process = {source}{', '.join(f'group{i}' for i in range(len(groups)))} :> {joined};", ""])


def find(place: Path) -> str:
    version_of("g++", "--version")
    return version_of("faust", "--version")


def prepare(place: Path, work: str, way: str, seconds: float, folder: Path) -> list[str]:
    return [str(built(place, work)), str(seconds)]


def built(place: Path, work: str) -> Path:
    """The program of a work, compiled if it is not there. Raises LookupError."""
    source = text(work)
    name = f"faust-{work}-{hashlib.sha256((source + RENDERER + ' '.join(FLAGS) + find(place)).encode()).hexdigest()[:16]}"
    binary = place / name
    if not binary.exists():
        (place / f"{name}.dsp").write_text(source)
        (place / "renderer.cpp").write_text(RENDERER)
        for command in (["faust", "-a", "renderer.cpp", "-o", f"{name}.cpp", f"{name}.dsp"],
                        ["g++", *FLAGS, "-o", f"{name}.building", f"{name}.cpp"]):
            try:
                said = subprocess.run(command, cwd=place, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BUILD_SECONDS)
            except subprocess.TimeoutExpired:
                raise LookupError(f"{command[0]} was not done with it after {BUILD_SECONDS} s") from None
            if said.returncode != 0:
                raise LookupError(f"{command[0]} refuses it: {said.stderr.strip()[:160]}")
        (place / f"{name}.building").rename(binary)
    return binary


PEER = Peer("Faust", {work: ("",) for work in TEXTS}, find, prepare)
