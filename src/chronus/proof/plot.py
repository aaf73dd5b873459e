"""A chart as an SVG picture that stands by itself: curves over frequency, readable on light and dark, nothing loaded from elsewhere."""

from html import escape
from math import ceil, floor, log10

import numpy as np

WIDTH, HEIGHT = 760, 300
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 34, 36           # around the field, for the numbers and the names
COLOURS = ("--a", "--b", "--c", "--d")
POINTS = 1_400                                      # of a curve: two for each pixel
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

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">',
             f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>", f'<rect class="ground" width="{WIDTH}" height="{HEIGHT}"/>',
             f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>']
    for level in np.arange(ceil(bottom / every) * every, top + 0.1, every):
        parts += [f'<path class="grid" d="M{LEFT} {y(level):.1f}H{WIDTH - RIGHT}"/>',
                  f'<text class="soft end" x="{LEFT - 6}" y="{y(level) + 4:.1f}">{level:g}</text>']
    for power in range(floor(log10(low)), ceil(log10(high)) + 1):
        for times in (1, 2, 5):
            hertz = times * 10.0 ** power
            if low <= hertz <= high:
                name = f"{hertz / 1000:g}k" if hertz >= 1000 else f"{hertz:g}"
                parts += [f'<path class="grid" d="M{x(hertz):.1f} {TOP}V{HEIGHT - BOTTOM}"/>',
                          f'<text class="soft middle" x="{x(hertz):.1f}" y="{HEIGHT - BOTTOM + 18}">{name}</text>']
    for i, (name, (hertz, level)) in enumerate(curves.items()):
        colour, right = f"var({COLOURS[i % len(COLOURS)]})", WIDTH - RIGHT - 110 * (len(curves) - 1 - i)
        seen = (np.asarray(hertz) >= low) & (np.asarray(hertz) <= high)
        places = thinned(x(np.asarray(hertz)[seen]), y(np.asarray(level)[seen]))
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(*places))
        parts += [f'<polyline class="curve" style="stroke: {colour}" points="{points}"/>',
                  f'<text class="end" style="fill: {colour}" x="{right}" y="20">{escape(name)}</text>']
    return "\n".join([*parts, f'<text class="soft" x="4" y="{TOP - 6}">dB</text>', "</svg>"]) + "\n"


def thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """At most POINTS points, in each column of the picture the highest: a spectral line never falls between two of them."""
    if len(x) <= POINTS:
        return x, y
    column = ((x - x[0]) / (x[-1] - x[0]) * (POINTS - 1)).astype(int)
    best = np.full(POINTS, np.inf)
    np.minimum.at(best, column, y)
    kept = np.isfinite(best)
    return x[0] + (x[-1] - x[0]) * np.flatnonzero(kept) / (POINTS - 1), best[kept]
