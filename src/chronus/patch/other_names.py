"""What musicians call modules elsewhere, and which of ours they mean by it."""

from chronus.patch.errors import suggestion

OTHER_NAMES = {
    "vco": "saw, pulse, triangle, sine or supersaw", "osc": "saw, pulse, triangle, sine or supersaw", "oscillator": "saw, pulse, triangle, sine or supersaw",
    "square": "pulse", "rectangle": "pulse", "tri": "triangle",
    "wave": "wavetable", "string": "pluck", "karplus": "pluck", "operator": "fm or fm4", "dx": "fm4", "grain": "granular", "grains": "granular", "sample": "sampler",
    "player": "sampler", "random": "lfo, noise or sample_hold", "impulse": "dust",
    "vcf": "filter, ladder, acid or steep", "lowpass": "filter, ladder, steep or one_pole", "lpf": "filter, ladder, steep or one_pole", "highpass": "filter or steep",
    "hpf": "filter or steep", "bandpass": "filter", "bpf": "filter", "svf": "filter", "moog": "ladder", "303": "acid", "tb303": "acid", "eq": "bell, shelves, tilt or three_band",
    "equalizer": "bell, shelves, tilt or three_band", "equaliser": "bell, shelves, tilt or three_band", "vowel": "formant", "dc": "dc_block", "allpass": "phaser or comb",
    "vca": "gain", "amp": "gain", "amplifier": "gain", "volume": "gain", "fader": "gain or strip", "channel": "strip", "mixer": "mix or strip", "bus": "mix", "panner": "pan", "sum": "mix",
    "envelope": "adsr, ar, ad, dahdsr or segments", "env": "adsr, ar, ad, dahdsr or segments", "eg": "adsr, ar, ad, dahdsr or segments", "asr": "ar or adsr",
    "portamento": "slew", "lag": "slew", "glide": "slew", "s_h": "sample_hold", "sh": "sample_hold", "quantizer": "quantise", "quantize": "quantise", "clock": "tempo or clock_divider",
    "divider": "clock_divider", "add": "mix or scale", "map": "scale", "comparator": "compare", "vibrato": "lfo", "keys": "notes", "keyboard": "notes", "voices": "notes", "midi": "notes",
    "reverb": "plate, hall, room or convolution", "verb": "plate, hall, room or convolution", "echo": "delay or echoes", "distortion": "drive, fold or wavefolder",
    "overdrive": "drive", "saturation": "drive", "saturator": "drive", "fuzz": "drive", "bitcrusher": "crusher", "decimator": "crusher", "gate": "noise_gate",
    "sidechain": "compressor", "ducker": "compressor", "comp": "compressor", "maximizer": "limiter", "ring": "ring_modulator", "ringmod": "ring_modulator", "stereo": "width or pan",
    "autopan": "auto_pan", "shifter": "frequency_shifter", "bd": "kick", "bassdrum": "kick", "sd": "snare", "hihat": "hat", "hh": "hat", "cp": "clap", "rimshot": "rim", "ride": "cymbal",
    "crash": "cymbal"}


def type_suggestion(word: str, types) -> str:
    """"; ..." with what is meant by a type of module that there is not."""
    meant = OTHER_NAMES.get(word.lower().replace("-", "_"))
    return f"; what some call {word.lower()} is {meant} here" if meant and word not in types else suggestion(word, types)
