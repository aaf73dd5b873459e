"""A patch as an SVG picture that stands by itself: readable on light and dark, nothing loaded from elsewhere."""

from html import escape

from chronus.patch.drawing import Box, Pass, Segment, drawing
from chronus.patch.graph import Cable, Patch

ROW, HEADER, FOOTER, GAP = 18, 2.0, 0.5, 1.0        # the height of a row in pixels; the rest in rows
BIG, SMALL = 9.4, 7.0                               # pixels that a letter takes: monospace letters are 0.602 em wide, 15 and 11 pixels here
CHANNEL, MARGIN, LOOP = 96, 24, 14                  # pixels between columns, around all, and between two cables that go back
ASIDE, ASIDES = 4, 8                                # such cables stand this many pixels apart beside the boxes, in so many places
STYLE = """
svg { color-scheme: light dark; --ground: #fdfcf9; --box: #ffffff; --line: #8a8f98; --text: #1d2129; --soft: #69707c; --cable: #2f6fb5;
  --late: #b4511c; font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
@media (prefers-color-scheme: dark) { svg { --ground: #15181d; --box: #20252d; --line: #626b78; --text: #eceff3; --soft: #9aa3b0;
  --cable: #7db4ef; --late: #f0995f; } }
.ground { fill: var(--ground); }
.box { fill: var(--box); stroke: var(--line); stroke-width: 1.2; }
.id { fill: var(--text); font-size: 15px; font-weight: 700; }
.type, .amount, .input { font-size: 11px; fill: var(--soft); }
.value { fill: var(--text); }
.end { text-anchor: end; }
.middle { text-anchor: middle; }
.amount { fill: var(--text); paint-order: stroke; stroke: var(--ground); stroke-width: 4px; stroke-linejoin: round; }
.cable { fill: none; stroke: var(--cable); stroke-width: 1.8; }
.plug { fill: var(--cable); }
.late { stroke: var(--late); stroke-dasharray: 6 4; }
.unheard { opacity: 0.45; }
""".strip()


def svg(patch: Patch) -> str:
    """The picture as text. Cables that go back, and are heard a block late, are dashed; what does not reach `out` is faded."""
    return Picture(patch).text()


class Picture:
    """One picture: where the columns, boxes and cables are, in pixels."""

    def __init__(self, patch: Patch):
        self.name, self.plan = patch.name, drawing(patch)
        self.tops = {node: MARGIN + ROW * top for node, top in self.plan.tops(HEADER, FOOTER, GAP).items()}
        self.lefts, self.widths, x = [], [], MARGIN + (ASIDE * ASIDES if self.plan.late else 0)
        for column in self.plan.columns:
            self.lefts.append(x)
            self.widths.append(max((box_width(self.plan.boxes[n]) for n in column if not isinstance(n, Pass)), default=SMALL))
            x += self.widths[-1] + CHANNEL
        self.column = {node: i for i, column in enumerate(self.plan.columns) for node in column}
        self.bottom = max(self.tops[n] + (ROW if isinstance(n, Pass) else box_height(self.plan.boxes[n])) for n in self.tops)
        self.width = x - CHANNEL + MARGIN
        self.height = self.bottom + MARGIN + (LOOP * (len(self.plan.late) + 1) if self.plan.late else 0)

    def text(self) -> str:
        size = f"{self.width:.0f} {self.height:.0f}"
        width, height = size.split()
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{width}" height="{height}" role="img">',
                 f"<title>{clean(self.name)}</title>", f"<style>{STYLE}</style>",
                 f'<rect class="ground" width="{width}" height="{height}"/>',
                 *(self.passing(node) for node in self.column if isinstance(node, Pass)),
                 *(self.piece(s) for s in self.plan.segments), *(self.loop(i, c) for i, c in enumerate(self.plan.late)),
                 *(self.box(box) for box in self.plan.boxes.values()), "</svg>"]
        return "\n".join(parts) + "\n"

    def pin(self, node, row: int, right: bool) -> tuple[float, float]:
        """Where a cable meets a node."""
        header = 0.0 if isinstance(node, Pass) else HEADER
        column = self.column[node]
        return self.lefts[column] + (self.widths[column] if right else 0.0), self.tops[node] + ROW * (header + row + 0.5)

    def passing(self, node: Pass) -> str:
        (x1, y), (x2, _) = self.pin(node, 0, False), self.pin(node, 0, True)
        return f'<path class="cable{self.fade(node.source)}" d="M{x1:.1f} {y:.1f}H{x2:.1f}"/>'

    def piece(self, s: Segment) -> str:
        """A piece of a cable; the last one carries the amount where that is not 1, and says on its own where the cable goes."""
        (x1, y1), (x2, y2) = self.pin(s.left, s.left_row, True), self.pin(s.right, s.right_row, False)
        bend = (x1 + x2) / 2
        path = f'd="M{x1:.1f} {y1:.1f}C{bend:.1f} {y1:.1f} {bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"'
        if s.cable is None:
            return f'<path class="cable{self.fade(s.start[0])}" {path}/>'
        return (f'<g class="{self.fade(s.start[0]).strip()}"><title>{said(s.cable)}</title><path class="cable" {path}/>'
                f'{amount(s.cable, x1 + 0.58 * (x2 - x1), y1 + 0.62 * (y2 - y1))}</g>')

    def loop(self, number: int, cable: Cable) -> str:
        """A cable that goes back: down beside its source, along below everything, and up beside its target."""
        source, target = self.plan.boxes[cable.source], self.plan.boxes[cable.target]
        x1, y1 = self.pin(cable.source, source.outlets.index(cable.outlet), True)
        x2, y2 = self.pin(cable.target, next(i for i, row in enumerate(target.rows) if row.cable is cable), False)
        y, aside = self.bottom + LOOP * (number + 1), 10 + ASIDE * (number % ASIDES)
        path = (f"M{x1:.1f} {y1:.1f}c{aside} 0 {aside} 0 {aside} {LOOP}V{y - 8:.1f}q0 8 -8 8"
                f"H{x2 - aside + 8:.1f}q-8 0 -8 -8V{y2 + LOOP:.1f}c0 {-LOOP} 0 {-LOOP} {aside} {-LOOP}")
        return (f'<g class="{self.fade(cable.source).strip()}"><title>{said(cable)}, heard one block late</title>'
                f'<path class="cable late" d="{path}"/>{amount(cable, (x1 + x2) / 2, y)}</g>')

    def box(self, box: Box) -> str:
        left, top, width = self.lefts[self.column[box.id]], self.tops[box.id], self.widths[self.column[box.id]]
        parts = [f'<g class="module{"" if box.is_heard else " unheard"}">',
                 f'<rect class="box" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{box_height(box):.1f}" rx="6"/>',
                 f'<text class="id" x="{left + 10:.1f}" y="{top + 23:.1f}">{clean(box.id)}</text>',
                 f'<text class="type end" x="{left + width - 10:.1f}" y="{top + 23:.1f}">{clean(box.type)}</text>']
        for i, row in enumerate(box.rows):
            x, y = self.pin(box.id, i, False)
            parts += [f'<circle class="plug" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>'] if row.cable else []
            parts += [f'<text class="input" x="{x + 10:.1f}" y="{y + 4:.1f}">{clean(row.input)}'
                      f'<tspan class="value" dx="7">{clean(row.value)}</tspan></text>']
        for i, outlet in enumerate(box.outlets):
            x, y = self.pin(box.id, i, True)
            parts += [f'<circle class="plug" cx="{x:.1f}" cy="{y:.1f}" r="3.2"/>',
                      f'<text class="input end" x="{x - 10:.1f}" y="{y + 4:.1f}">{clean(outlet)}</text>']
        return "".join([*parts, "</g>"])

    def fade(self, source: str) -> str:
        return "" if self.plan.boxes[source].is_heard else " unheard"


def box_height(box: Box) -> float:
    return ROW * (HEADER + box.height + FOOTER)


def box_width(box: Box) -> float:
    """As wide as what is written in it, in pixels."""
    rows = max((len(f"{row.input} {row.value}") for row in box.rows), default=0)
    outlets = max(map(len, box.outlets), default=0)
    return max(BIG * len(box.id) + SMALL * len(box.type) + 34, SMALL * (rows + outlets) + 34)


def amount(cable: Cable, x: float, y: float) -> str:
    return "" if cable.amount == 1.0 else f'<text class="amount middle" x="{x:.1f}" y="{y + 4:.1f}">×{cable.amount:g}</text>'


def said(cable: Cable) -> str:
    return clean(f"{cable.start} -> {cable.end}{'' if cable.amount == 1.0 else f' ×{cable.amount:g}'}")


def clean(text: str) -> str:
    """Text as XML may hold it: what cannot be printed is shown as such."""
    return escape("".join(c if c.isprintable() else "\ufffd" for c in text))
