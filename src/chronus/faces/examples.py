"""A patch for each module in which it can be heard, as lines for the prompt: made from its declaration, or written where that says little."""

from chronus.dsp.declare import Declaration

SOURCES = {"filters": "saw", "effects": "supersaw", "control": "triangle"}          # what is heard through a module; of another kind a saw
TURNED = {"filter": {"cutoff": 600, "resonance": 0.7}, "steep": {"cutoff": 500, "resonance": 0.5}, "ladder": {"resonance": 0.8},
          "bell": {"boost": 12}, "shelves": {"boost_low": 9, "boost_high": -9}, "tilt": {"boost": -9}, "notch": {"resonance": 0.5},
          "drive": {"drive": 24}, "delay": {"feedback": 0.6}, "gain": {"gain": 0.5}, "three_band": {"low": 0.2}}

WRITTEN = {
    "lfo": """
        patch create tone sine
        patch create sway lfo
        patch set sway rate 5
        patch connect sway tone/freq 8
        patch connect tone out 0.5
        patch commit
        sleep 1""",
    "notes": """
        patch create keys notes
        patch create tone saw
        patch set tone freq 0
        patch create env adsr
        patch connect keys/freq tone/freq
        patch connect keys/gate env/gate
        patch connect tone env
        patch connect env out 0.4
        patch commit
        note keys c4 0.8 0.5
        note keys eb4 0.8 0.5
        sleep 1""",
    "pitch": """
        patch create sway lfo
        patch create interval pitch
        patch create tone saw
        patch set tone freq 0
        patch connect sway/random interval/semitones 7
        patch connect interval tone/freq
        patch connect tone out 0.4
        patch commit
        sleep 1""",
    "quantise": """
        patch create steps lfo
        patch set steps rate 6
        patch create scale1 quantise
        patch create interval pitch
        patch create tone triangle
        patch set tone freq 0
        patch connect steps/random scale1 12
        patch connect scale1 interval/semitones
        patch connect interval tone/freq
        patch connect tone out 0.6
        patch commit
        sleep 1""",
    "scale": """
        patch create sway lfo
        patch create range scale
        patch set range out_low 200
        patch set range out_high 2000
        patch create tone sine
        patch set tone freq 0
        patch connect sway range
        patch connect range tone/freq
        patch connect tone out 0.5
        patch commit
        sleep 1""",
    "acid": """
        patch create keys notes
        patch set keys mode 2
        patch set keys glide 60
        patch create tone saw
        patch set tone freq 0
        patch create squelch acid
        patch set squelch cutoff 200
        patch set squelch resonance 0.9
        patch set squelch envelope 0.6
        patch set squelch accent 0.8
        patch create shape adsr
        patch connect keys/freq tone/freq
        patch connect keys/gate squelch/gate
        patch connect keys/gate shape/gate
        patch connect tone squelch
        patch connect squelch shape
        patch connect shape out 0.5
        patch commit
        seq create line keys XxX.x.Xxx.XxX.x.
        seq notes line a1 a1 a2 c2 a1 g1 a1
        tempo 132
        seq start
        sleep 4""",
    "slew": """
        patch create steps lfo
        patch set steps rate 4
        patch create lag slew
        patch create tone sine
        patch connect steps/square lag
        patch connect lag tone/freq 110
        patch connect tone out 0.5
        patch commit
        sleep 1""",
    "sample_hold": """
        patch create chance noise
        patch create clock lfo
        patch set clock rate 8
        patch create keep sample_hold
        patch create tone sine
        patch connect chance keep
        patch connect clock/square keep/trigger
        patch connect keep tone/freq 300
        patch connect tone out 0.5
        patch commit
        sleep 1""",
    "compare": """
        patch create sway lfo
        patch set sway rate 2
        patch create above compare
        patch create drum kick
        patch connect sway above
        patch connect above drum/gate
        patch connect drum out
        patch commit
        sleep 1""",
    "tempo": """
        patch create sixteenths tempo
        patch set sixteenths every 0.25
        patch create drum hat
        patch create room chorus
        patch set room rate 0.01
        patch connect sixteenths drum/gate
        patch connect sixteenths/hz room/rate 0.25
        patch connect drum room
        patch connect room out
        patch commit
        sleep 1""",
    "logic": """
        patch create slow lfo
        patch set slow rate 2
        patch create quick lfo
        patch set quick rate 6
        patch create gates logic
        patch create drum hat
        patch connect slow/square gates/a
        patch connect quick/square gates/b
        patch connect gates/both drum/gate
        patch connect drum out
        patch commit
        sleep 1""",
    "clock_divider": """
        patch create clock lfo
        patch set clock rate 8
        patch create slower clock_divider
        patch create drum hat
        patch create low kick
        patch connect clock/square slower
        patch connect slower/by_2 drum/gate
        patch connect slower/by_4 low/gate
        patch connect drum out
        patch connect low out
        patch commit
        sleep 1""",
    "width": """
        patch create tone supersaw
        patch create room chorus
        patch create wide width
        patch set wide width 2
        patch connect tone room
        patch connect room wide/left
        patch connect room wide/right
        patch connect wide/left out 0.4
        patch connect wide/right out 0.4
        patch commit
        sleep 1""",
    "follower": """
        patch create drum kick
        patch create heard follower
        patch create hiss noise
        patch set hiss gain 0
        patch connect drum heard
        patch connect heard hiss/gain
        patch connect hiss/pink out
        patch commit
        gate drum 1
        sleep 1""",
}


def example(module: Declaration) -> str:
    """The lines, each ending with a newline. The last lets at least a second pass in which it sounds."""
    if module.id in WRITTEN:
        return "".join(line.strip() + "\n" for line in WRITTEN[module.id].strip().splitlines())
    name = f"{module.id}1"
    lines = [f"patch create {name} {module.id}"] + [f"patch set {name} {knob} {value}" for knob, value in TURNED.get(module.id, {}).items()]
    if module.inlets:
        lines = [f"patch create tone {SOURCES.get(module.kind, 'saw')}", "patch set tone freq 110", *lines, f"patch connect tone {name}"]
    lines += [f"patch connect {name} out {0.5 if module.inlets else 0.8:g}", "patch commit"]
    if module.param("gate"):
        return "\n".join([*lines, f"gate {name} 1", "sleep 0.5", f"gate {name} 0", "sleep 0.5"]) + "\n"
    return "\n".join([*lines, "sleep 1"]) + "\n"
