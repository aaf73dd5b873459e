"""Charts as SVG pictures that stand by themselves: curves over frequency or time, readable on light and dark, nothing loaded from elsewhere."""

from html import escape
from math import ceil, floor, log10

import numpy as np

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 24, 34, 36           # around the field, for the numbers and the names
COLOURS = ("--a", "--b", "--c", "--d")
NAME_ROOM = 18                                      # after the name of a curve
POINTS = 700                                        # of a curve: one for each pixel
STYLE = """
svg { color-scheme: light dark; --ground: #fdfcf9; --line: #d5d2c8; --text: #1d2129; --soft: #69707c; --a: #2f6fb5; --b: #b4511c; --c: #3d8a4a;
  --d: #7a4fa3; font: 12px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
@media (prefers-color-scheme: dark) { svg { --ground: #15181d; --line: #343b45; --text: #eceff3; --soft: #9aa3b0; --a: #7db4ef; --b: #f0995f;
  --c: #7fcf8d; --d: #c39be6; } }
.ground { fill: var(--ground); } .grid { stroke: var(--line); } .soft { fill: var(--soft); } .title { fill: var(--text); font-weight: 700; }
.curve { fill: none; stroke-width: 1.4; stroke-linejoin: round; } .end { text-anchor: end; } .middle { text-anchor: middle; }
""".strip()


def chart(title: str, curves: dict[str, tuple], low: float, high: float, bottom: float, top: float, every: float = 20.0) -> str:
    """Curves {name: (hertz, dB)} from `low` to `high` Hz, logarithmic, and from `bottom` to `top` dB, a line `every` so many."""
    def x(hertz):
        return LEFT + (WIDTH - LEFT - RIGHT) * (np.log10(hertz) - log10(low)) / (log10(high) - log10(low))

    def y(level):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (np.clip(level, bottom, top) - bottom) / (top - bottom)

    hertz = [times * 10.0**power for power in range(floor(log10(low)), ceil(log10(high)) + 1) for times in (1, 2, 5)]
    across = [(x(f), f"{f / 1000:g}k" if f >= 1000 else f"{f:g}") for f in hertz if low <= f <= high]
    up = [(y(level), f"{level:g}") for level in np.arange(ceil(bottom / every) * every, top + 0.1, every)]
    lines = {}
    for name, (frequencies, level) in curves.items():
        seen = (np.asarray(frequencies) >= low) & (np.asarray(frequencies) <= high)
        lines[name] = thinned(x(np.asarray(frequencies)[seen]), y(np.asarray(level)[seen]))
    return picture(title, across, up, lines, "dB")


def strips(title: str, curves: dict[str, np.ndarray], seconds: float) -> str:
    """Curves of 0 and 1, such as gates, over time, each in a strip of its own, the first one on top."""
    heights = {name: len(curves) - 1 - i + 0.7 * values for i, (name, values) in enumerate(curves.items())}
    return trace(title, heights, seconds, numbers=False)


def trace(title: str, curves: dict[str, np.ndarray], seconds: float, numbers: bool = True) -> str:
    """Curves {name: values} over time, from 0 to `seconds`; the field is as high as they are. Without `numbers` their height has no scale."""
    high = max(max(float(np.abs(values).max()) for values in curves.values()), 1e-6)
    top = next(size * 10.0**power for power in range(-7, 9) for size in (1.0, 1.5, 2.0, 3.0, 5.0) if size * 10.0**power >= 0.999 * high)
    bottom = -top if min(float(values.min()) for values in curves.values()) < -0.02 * top else 0.0
    scale, unit = (1000.0, "ms") if seconds < 1.0 else (1.0, "s")

    def x(part):
        return LEFT + (WIDTH - LEFT - RIGHT) * part

    def y(value):
        return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - bottom) / (top - bottom)

    across = [(x(part), f"{part * seconds * scale:g} {unit}") for part in np.arange(0.0, 1.01, 0.2)]
    up = [(y(value), f"{value:g}") for value in np.linspace(bottom, top, 5)] if numbers else []
    lines = {name: (x(where), y(values)) for name, (where, values) in ((name, outlined(values)) for name, values in curves.items())}
    return picture(title, across, up, lines, "")


def picture(title: str, across: list[tuple[float, str]], up: list[tuple[float, str]], lines: dict[str, tuple], unit: str) -> str:
    """The field with its grid (a place and a name for each line) and the curves {name: (x, y)}, all in pixels; `unit` stands at its corner."""
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">',
             f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>", f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>',
             f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>']
    for y, name in up:
        parts += [f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>', f'<text class="soft end" x="{LEFT - 6}" y="{y + 4:.1f}">{name}</text>']
    for x, name in across:
        parts += [f'<path class="grid" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/>',
                  f'<text class="soft middle" x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}">{name}</text>']
    right = WIDTH - RIGHT + NAME_ROOM - sum(NAME_ROOM + 7.3 * len(name) for name in lines)      # 7.3 pixels a letter
    for i, (name, places) in enumerate(lines.items()):
        colour, right = f"var({COLOURS[i % len(COLOURS)]})", right + NAME_ROOM + 7.3 * len(name)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(*places))
        parts += [f'<polyline class="curve" style="stroke: {colour}" points="{points}"/>',
                  f'<text class="end" style="fill: {colour}" x="{right - NAME_ROOM:.0f}" y="20">{escape(name)}</text>']
    return "\n".join([*parts, f'<text class="soft" x="4" y="{TOP - 6}">{unit}</text>', "</svg>"]) + "\n"


def outlined(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most POINTS points, as (parts of the way, values): of each column of the picture the first, the last, the lowest and the highest."""
    kept = np.arange(len(values))
    if len(values) > POINTS:
        columns = np.array_split(kept, POINTS // 4)
        kept = np.unique([place for c in columns for place in (c[0], c[-1], c[values[c].argmin()], c[values[c].argmax()])])
    return kept / max(len(values) - 1, 1), values[kept]


def thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most POINTS points, in each column of the picture the highest: a spectral line never falls between two of them."""
    if len(x) <= POINTS:
        return x, y
    column = ((x - x[0]) / (x[-1] - x[0]) * (POINTS - 1)).astype(int)
    best = np.full(POINTS, np.inf)
    np.minimum.at(best, column, y)
    kept = np.isfinite(best)
    return x[0] + (x[-1] - x[0]) * np.flatnonzero(kept) / (POINTS - 1), best[kept]
