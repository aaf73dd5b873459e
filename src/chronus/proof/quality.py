"""What the instrument sounds like, in numbers and pictures: `make quality` measures it and writes docs/quality.md."""

import sys
from pathlib import Path

import numpy as np

from chronus.faces.progress import bar
from chronus.modules.registry import builtin
from chronus.proof.plot import chart
from chronus.workshop.harness import RATE, play
from chronus.workshop.measures.filters import sung
from chronus.workshop.measures.spectra import ANALYSED, beside, spectrum, strongest, thd_n, thirds
from chronus.workshop.measures.tones import between_harmonics

NOTES = (1244.5, 4186.0)
WAVES = {"saw": ("saw", {}), "square": ("pulse", {"width": 0.5}), "pulse, width 0.25": ("pulse", {"width": 0.25}),
         "pulse, width 0.05": ("pulse", {"width": 0.05}), "triangle": ("triangle", {})}
PRISTINE = {f"pristine {name}": (f"pristine_{id_}", settings) for name, (id_, settings) in WAVES.items()}
TABLES = {"saw, from a wavetable": ("wavetable", {"position": 2 / 3})}
LOW_PASSES = {"filter": "low", "steep": "low", "ladder": "out", "acid": "out"}
SHAPERS = (("drive", {"drive": 10.0}), ("drive", {"drive": 20.0}), ("drive", {"drive": 20.0, "shape": 1.0}), ("wavefolder", {"drive": 4.0}),
           ("wavefolder", {"drive": 12.0}), ("fold", {"drive": 1.5}), ("clip", {"drive": 2.0}))
HEAD = """# Quality

Measured by `make quality`, which writes this page and its pictures anew: 48 kHz, one lane, through the kernels that the engine plays.
What a module promises is measured in every `make test`; here are the figures themselves.
"""


def spectrum_db(signal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(hertz, dB against the strongest line) from 20 Hz on."""
    power = spectrum(signal)
    hertz = np.arange(len(power)) * RATE / ANALYSED
    return hertz[hertz >= 20.0], 10.0 * np.log10(np.maximum(power / max(power.max(), 1e-20), 1e-20))[hertz >= 20.0]


def response(module, outlet: str, **settings) -> tuple[np.ndarray, np.ndarray]:
    """(hertz, dB) of what a click of 0.001, small enough for every saturator, becomes."""
    click = np.zeros(ANALYSED, np.float32)
    click[0] = 1e-3
    heard = play(module, ANALYSED, **{module.bypass: click}, **settings).outlets[module.outlets.index(outlet)][:, 0]
    hertz = np.fft.rfftfreq(ANALYSED, 1.0 / RATE)
    return hertz[1:], 20.0 * np.log10(np.abs(np.fft.rfft(heard.astype(np.float64)))[1:] / 1e-3 + 1e-12)


def pair(found: tuple[float, float]) -> str:
    return f"{found[0]:.0f} / {found[1]:.0f}"


def oscillators(found: dict) -> tuple[str, dict]:
    """Aliasing of the band-limited waves, standing and moving, and their spectra."""
    text = ("## Oscillators\n\nWhat lies between the harmonics below 20 kHz, against the fundamental: strongest line / all together, in dB. "
            "Moving: the frequency swings\nat audio rate (a third of the note) by a fifth, or by a half, of itself. (Of a pulse of width 0.05 "
            "the fundamental is 16 dB down.)\n\n"
            "| wave | 1244.5 Hz | 4186 Hz | by a fifth, 1244.5 Hz | 4186 Hz | by a half, 1244.5 Hz | 4186 Hz |\n|---|---|---|---|---|---|---|\n")
    for name, (id_, settings) in {**WAVES, **PRISTINE, **TABLES}.items():
        cells = [pair(between_harmonics(found[id_], note, swing=swing, **settings)) for swing in (0.0, 0.2, 0.5) for note in NOTES]
        text += f"| {name} | {' | '.join(cells)} |\n"
    sine = play(found["sine"], ANALYSED, freq=997.0).outlets[0][:, 0]
    text += f"\nThe sine's harmonics and noise together: {thd_n(sine):.0f} dB at 997 Hz.\n\n"
    pictures = {}
    for id_ in ("saw", "pulse", "triangle"):
        spectra = {kind: spectrum_db(play(found[kind], ANALYSED, freq=NOTES[1]).outlets[0][:, 0]) for kind in (id_, f"pristine_{id_}")}
        pictures[id_] = chart(f"{NOTES[1]:g} Hz, and what is between its harmonics", spectra, 100, 24_000, -160, 0)
        text += f"![spectra of {id_} and pristine_{id_}](quality/{id_}.svg)\n\n"
    return text, pictures


def noises(found: dict) -> tuple[str, dict]:
    """The four colours in thirds of an octave."""
    noise, curves = found["noise"], {}
    heard = play(noise, 8 * ANALYSED, lanes=4, gain=1.0).outlets
    for name, signal in zip(noise.outlets, heard):
        pieces = signal.T.reshape(-1, ANALYSED) * np.hanning(ANALYSED)
        curves[name] = thirds((np.abs(np.fft.rfft(pieces)) ** 2).mean(0) / ANALYSED)
    return ("## Noise\n\nDensity in thirds of an octave; white is level, pink falls by 3.01 dB an octave, brown by 6.02, blue rises by 3.01.\n\n"
            "![colours of noise](quality/noise.svg)\n\n", {"noise": chart("noise", curves, 40, 16_000, -70, 10)})


def filters(found: dict) -> tuple[str, dict]:
    """The low-passes side by side, and how well the ladder sings in tune."""
    still = {id_: response(found[id_], outlet, cutoff=1000.0, resonance=0.0) for id_, outlet in LOW_PASSES.items()}
    ringing = {id_: response(found[id_], outlet, cutoff=1000.0, resonance=0.8) for id_, outlet in LOW_PASSES.items()}
    text = ("## Filters\n\nA low-pass at 1 kHz, four ways, without resonance and at 0.8.\n\n![without resonance](quality/low-pass.svg)\n\n"
            "![at resonance 0.8](quality/resonance.svg)\n\n"
            "The ladder at resonance 1 sings by itself; how far from `cutoff`:\n\n| cutoff | cents |\n|---|---|\n")
    for cutoff in (50.0, 200.0, 1000.0, 5000.0):
        cents = 1200.0 * np.log2(strongest(sung(found["ladder"], cutoff=cutoff, resonance=1.0)) / cutoff)
        text += f"| {cutoff:g} Hz | {cents:+.3f} |\n"
    return text + "\n", {"low-pass": chart("low-passes at 1 kHz", still, 20, 20_000, -100, 10),
                         "resonance": chart("low-passes at 1 kHz, resonance 0.8", ringing, 20, 20_000, -80, 40)}


def shapers(found: dict) -> tuple[str, dict]:
    """Aliases of what bends a wave."""
    text = ("## Distortion\n\nA full sine in: the strongest line that is no harmonic of it / all of them, below 20 kHz, in dB against the "
            "fundamental.\n\n| module | 1244.5 Hz | 4186 Hz |\n|---|---|---|\n")
    for id_, settings in SHAPERS:
        how = ", ".join(f"{name} {value:g}" for name, value in settings.items())
        text += f"| {id_}, {how} | {' | '.join(bent(found[id_], note, settings) for note in NOTES)} |\n"
    return text, {}


def bent(module, note: float, settings: dict) -> str:
    """Strongest and summed alias of a sine of full level."""
    sent = np.sin(2.0 * np.pi * note / RATE * np.arange(ANALYSED)).astype(np.float32)
    return pair(beside(spectrum(play(module, ANALYSED, **{module.bypass: sent}, **settings).outlets[0][:, 0]), note, note))


def write(folder: Path) -> None:
    """Measures all of it, and writes quality.md and the pictures in quality/ into a folder, with a bar on standard error."""
    sections, texts = (oscillators, noises, filters, shapers), [HEAD]
    (folder / "quality").mkdir(parents=True, exist_ok=True)
    with bar("measuring") as progress:
        for done, section in enumerate(sections):
            if progress:
                progress(done, len(sections))
            text, pictures = section(builtin())
            texts.append(text)
            for name, picture in pictures.items():
                (folder / "quality" / f"{name}.svg").write_text(picture)
    (folder / "quality.md").write_text("\n".join(part.rstrip() + "\n" for part in texts))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
