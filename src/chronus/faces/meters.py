"""The meters as people read them: a line for each strip and one for the output, once or, on a terminal, as they move."""

import json
import sys
import time

from chronus.faces.client import Client
from chronus.faces.report import complain, show_object

FLOOR_DB = -60.0                        # where a bar begins; it ends at 0 dB
BARS, BESIDE = (8, 30), 50              # places that a bar may have; what stands beside it and the name
REFRESH_SECONDS = 0.06                  # a meter's needle takes 0.3 s; faster than this nobody reads


def meter_lines(data: dict, width: int = 80) -> list[str]:
    """A bar to the RMS and on to the peak of the louder side, then peak and RMS of both in dB; M, S: muted, soloed; -: others' solo silences it."""
    rows = {**data["strips"], "out": data["out"]}
    wide = max(map(len, rows))
    places = min(max(width - wide - BESIDE, BARS[0]), BARS[1])
    return [f"{name.ljust(wide)}  {bar(row, places)}  peak{pair(row['peak'])}  rms{pair(row['rms'])}  {marks(row)}".rstrip() for name, row in rows.items()]


def bar(row: dict, places: int) -> str:
    """Filled to the RMS, shaded to the peak."""
    filled, shaded = (min(places, max(0, round(places * (1.0 - max(row[what]) / FLOOR_DB)))) for what in ("rms", "peak"))
    return ("█" * filled + "▒" * (shaded - filled)).ljust(places, "·")


def pair(levels: list[float]) -> str:
    return "".join(f"{db:7.1f}" for db in levels)


def marks(row: dict) -> str:
    if "clipped" in row:
        return f"{row['clipped']} clipped" if row["clipped"] else ""
    silenced = not row["heard"] and not row["mute"]
    return "".join(mark for mark, holds in (("M", row["mute"]), ("S", row["solo"]), ("-", silenced)) if holds)


def show_meters(client: Client, as_json: bool) -> int:
    """Prints the meters once, or on a terminal until Ctrl-C; the exit code. Raises NoEngine."""
    if as_json or not sys.stdout.isatty():
        reply = client.ask("/meters")
        if not reply.ok:
            return complain(reply.message)
        data = json.loads(reply.args[0])
        show_object(data) if as_json else print("\n".join(meter_lines(data)))
        return 0
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text
    console = Console()
    try:
        with Live(console=console, auto_refresh=False) as live:
            while (reply := client.ask("/meters")).ok:
                live.update(Text("\n".join(meter_lines(json.loads(reply.args[0]), console.width)), no_wrap=True), refresh=True)
                time.sleep(REFRESH_SECONDS)
        return complain(reply.message)
    except KeyboardInterrupt:
        return 0
