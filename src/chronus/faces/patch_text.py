"""A patch on the terminal: boxes from the sources to `out` and the cables between them, or a list where that would not fit.

What is wider than the terminal goes on below; a cable that is cut there has the same number at both ends.
"""

from chronus.patch.drawing import Box, Drawing, Pass, drawing
from chronus.patch.graph import OUT, Cable, Patch

MODULES_DRAWN = 40                          # more are no picture any more, but a maze
UP, DOWN, LEFT, RIGHT = 1, 2, 4, 8
LINES = {0: " ", LEFT: "─", RIGHT: "─", UP: "│", DOWN: "│", LEFT | RIGHT: "─", UP | DOWN: "│", DOWN | RIGHT: "╭", DOWN | LEFT: "╮",
         UP | RIGHT: "╰", UP | LEFT: "╯", UP | DOWN | RIGHT: "├", UP | DOWN | LEFT: "┤", DOWN | LEFT | RIGHT: "┬",
         UP | LEFT | RIGHT: "┴", UP | DOWN | LEFT | RIGHT: "┼"}
END = 5                                     # characters for the end of a cable that goes on below: three digits, a blank, a line
HEARD, UNHEARD = "╭─╮│╰╯", "┌┄┐┆└┘"         # borders of what reaches `out`, and of what does not


def patch_text(patch: Patch, width: int = 80) -> str:
    """The patch as lines of at most `width` characters where it can be drawn in so many, else as a list of modules and their cables."""
    if not patch.modules:
        return "an empty patch; /patch/create osc1 sine begins one"
    plan = drawing(patch)
    if len(patch.modules) <= MODULES_DRAWN:
        for spacing in (2, 1):
            sheet = Sheet(plan, spacing)
            if sheet.width <= width:
                return "\n".join([*sheet.lines(), *notes(plan)])
        bands = sheet.bands(width)
        if bands:
            return "\n".join([*bands, *notes(plan)])
    return listed(plan, patch)


def notes(plan: Drawing) -> list[str]:
    """What the drawing does not show: cables that go back, and what dashes mean."""
    back = [f"↺ {said(c)}, heard one block late" for c in plan.late]
    dashes = [] if all(box.is_heard for box in plan.boxes.values()) else ["┄ reaches no output, and costs nothing"]
    return ["", *back, *dashes] if back or dashes else []


def listed(plan: Drawing, patch: Patch) -> str:
    """Modules from the sources on, each with its settings, its cables below it."""
    late, lines = set(plan.late), []
    cables = {}
    for cable in patch.cables:
        cables.setdefault(cable.source, []).append(cable)
    ids = [n for column in plan.columns for n in column if not isinstance(n, Pass) and n != OUT]
    wide = max(map(len, ids))
    for box in map(plan.boxes.get, ids):
        settings = ", ".join(f"{row.input} {row.value}" for row in box.rows if row.value)
        aside = "" if box.is_heard else "(reaches no output)"
        lines.append("  ".join(filter(None, [box.id.ljust(wide), box.type, settings, aside])))
        lines += [f"    {said(c).removeprefix(f'{c.source}/')}{'  ↺ heard one block late' if c in late else ''}"
                  for c in cables.get(box.id, [])]
    return "\n".join(lines)


def said(cable: Cable) -> str:
    return f"{cable.start} -> {cable.end}{times(cable)}"


def times(cable: Cable) -> str:
    return "" if cable.amount == 1.0 else f" ×{cable.amount:g}"


class Sheet:
    """A drawing in characters: boxes in columns, and before each a channel where cables change their row, `spacing` characters apart."""

    def __init__(self, plan: Drawing, spacing: int):
        self.plan, self.spacing, self.cells = plan, spacing, {}
        self.late, self.leaving = set(plan.late), {s.start for s in plan.segments}
        self.tops = {node: int(top) for node, top in plan.tops(1, 1, 0).items()}
        self.column = {node: i for i, column in enumerate(plan.columns) for node in column}
        self.lefts, self.widths, x = [], [], 0
        self.channels = []
        for i, column in enumerate(plan.columns):
            channel = self.channel(i)
            self.channels.append((x, channel))
            x += channel.width
            self.lefts.append(x)
            self.widths.append(max((box_width(plan.boxes[n]) for n in column if not isinstance(n, Pass)), default=0))
            x += self.widths[-1]
        self.width = x

    def row(self, node, row: int) -> int:
        return self.tops[node] + row + (not isinstance(node, Pass))

    def channel(self, number: int) -> "Channel":
        """The channel before a column. Where two outlets would have to swap their rows, what is right of it moves down until not."""
        segments = [s for s in self.plan.segments if self.column[s.right] == number]
        while True:
            nets = {}
            for s in segments:
                net = nets.setdefault(s.start, Net(self.row(s.left, s.left_row), []))
                net.ends.append((self.row(s.right, s.right_row), s.cable))
            channel = Channel(list(nets.values()), self.spacing)
            if channel.tracks is not None:
                return channel
            for node, column in self.column.items():
                self.tops[node] += column >= number

    def lines(self) -> list[str]:
        for node, column in self.column.items():
            left, width = self.lefts[column], self.widths[column]
            if isinstance(node, Pass):
                for x in range(left, left + width):
                    self.cells[self.tops[node], x] = "─"
            else:
                self.box(self.plan.boxes[node], left, width)
        for left, channel in self.channels:
            for (y, x), cell in channel.cells().items():
                self.cells[y, left + x] = cell
        rows = [[] for _ in range(1 + max(y for y, _ in self.cells))]
        for (y, x), cell in sorted(self.cells.items()):
            rows[y] += [" "] * (x - len(rows[y])) + [cell]
        return ["".join(row) for row in rows]

    def bands(self, width: int) -> list[str]:
        """The drawing cut before some of its columns, one part below the other; nothing where a single column is too wide."""
        cuts, limit = [0], width - 2 * END
        for (start, _), left, wide in zip(self.channels, self.lefts, self.widths):
            if left + wide - cuts[-1] > limit:
                cuts.append(start)
            if left + wide - cuts[-1] > limit:
                return []
        lines = [line.ljust(self.width) for line in self.lines()]
        number, numbers, found = 0, {}, []
        for start, end in zip(cuts, [*cuts[1:], self.width]):
            entering, numbers = numbers, {}
            for y, line in enumerate(lines):
                if end < self.width and line[end] != " ":
                    numbers[y] = number = number + 1
            band = [(f"{entering[y]:>{END - 2}} ─" if y in entering else " " * END if start else "") + line[start:end]
                    + (f"─ {numbers[y]}" if y in numbers else "") for y, line in enumerate(lines)]
            full = [y for y, line in enumerate(band) if line.strip()]
            found += [*([""] if found else []), *(line.rstrip() for line in band[full[0]:full[-1] + 1])]
        return found

    def box(self, box: Box, left: int, width: int) -> None:
        corner, across, turn, side, low, end = HEARD if box.is_heard else UNHEARD
        top, inner = self.tops[box.id], width - 2
        self.write(top, left, f"{corner}{title(box).center(inner, across)}{turn}")
        for i in range(box.height):
            row = box.rows[i] if i < len(box.rows) else None
            outlet = box.outlets[i] if i < len(box.outlets) else ""
            begin = "┤" if row and row.cable and row.cable not in self.late else side
            end_ = "├" if (box.id, outlet) in self.leaving else side
            back = " ↺" if outlet and any(c.start == f"{box.id}/{outlet}" for c in self.late) else ""
            self.write(top + 1 + i, left, f"{begin}{label(row, self.late).ljust(inner - len(outlet + back) - 1)}{outlet}{back} {end_}")
        self.write(top + 1 + box.height, left, f"{low}{across * inner}{end}")

    def write(self, y: int, x: int, text: str) -> None:
        self.cells.update(((y, x + i), c) for i, c in enumerate(text))


def title(box: Box) -> str:
    """Id and type; the type alone is understood from an id such as filter2."""
    return f" {box.id} · {box.type} " if box.type and box.id.rstrip("0123456789") != box.type else f" {box.id} "


def label(row, late: set[Cable]) -> str:
    if row is None or not row.input:
        return ""
    return f" {'↺ ' if row.cable in late else ''}{row.input}{f' {row.value}' if row.value else ''}"


def box_width(box: Box) -> int:
    """Columns of a box: its title, or its widest rows with room for two signs of cables that go back, and the borders."""
    rows = max((len(f"↺ {row.input} {row.value}".rstrip()) for row in box.rows if row.input), default=0)
    outlets = max((len(f"{outlet} ↺") for outlet in box.outlets), default=0)
    return 2 + max(len(title(box)), rows + outlets + 2 + (rows > 0 < outlets))


class Net:
    """The cables of one outlet in one channel: the row where they come in, the rows where they go out, with the cable that ends there."""

    def __init__(self, row: int, ends: list[tuple[int, Cable | None]]):
        self.row, self.ends = row, ends

    @property
    def is_straight(self) -> bool:
        return all(row == self.row for row, _ in self.ends)


class Channel:
    """Nets side by side, each with an upright track of its own. `tracks` is None where they cannot be drawn without touching."""

    def __init__(self, nets: list[Net], spacing: int):
        self.nets, self.spacing, self.tracks = nets, spacing, ordered([net for net in nets if not net.is_straight])
        self.label = max((len(times(cable)) for net in nets for _, cable in net.ends if cable), default=0)
        self.width = spacing * len(self.tracks or ()) + 3 + self.label if nets else 0

    def cells(self) -> dict[tuple[int, int], str]:
        """What stands where, from the upper left corner of the channel: lines, amounts, arrow heads."""
        found, bits = {}, {}
        for net in self.nets:
            mine = {}
            track = 1 + self.spacing * self.tracks.index(net) if not net.is_straight else 0
            rows = [net.row, *(row for row, _ in net.ends)]
            across(mine, net.row, 0, track)
            for row, _ in net.ends:
                across(mine, row, track, self.width - 1)
            for y in range(min(rows), max(rows)):
                mine[y, track] = mine.get((y, track), 0) | DOWN
                mine[y + 1, track] = mine.get((y + 1, track), 0) | UP
            found.update((cell, "●") for cell, bit in mine.items() if bit == UP | DOWN | LEFT | RIGHT)
            for cell, bit in mine.items():
                bits[cell] = bits.get(cell, 0) | bit
        found = {cell: LINES[bit] for cell, bit in bits.items()} | found
        for row, cable in (end for net in self.nets for end in net.ends):
            if cable:
                found[row, self.width - 1] = "▶"
                found.update(((row, self.width - 1 - self.label + i), c) for i, c in enumerate(times(cable)[1:]))
        return found


def across(bits: dict, y: int, x1: int, x2: int) -> None:
    """A level line from x1 to x2; it goes on beyond the borders of the channel."""
    for x in range(x1, x2 + 1):
        bits[y, x] = bits.get((y, x), 0) | (LEFT if x > x1 or x1 == 0 else 0) | (RIGHT if x < x2 or x1 > 0 else 0)


def ordered(nets: list[Net]) -> list[Net] | None:
    """Nets from left to right: who comes in on a row stands left of who goes out on it. None where that goes round in a circle."""
    entering, waiting, placed = {net.row: net for net in nets}, {}, []
    for net in nets:
        waiting[net] = {entering[row] for row, _ in net.ends if row in entering and entering[row] is not net}
    while waiting:
        ready = [net for net, others in waiting.items() if not others & waiting.keys()]
        if not ready:
            return None
        placed.append(min(ready, key=steepness))
        del waiting[placed[-1]]
    return placed


def steepness(net: Net) -> tuple:
    """Nets that go up come first, the highest of them leftmost; of those that go down, the lowest: then few cross."""
    goes_down = max(row for row, _ in net.ends) > net.row
    return goes_down, -net.row if goes_down else net.row
