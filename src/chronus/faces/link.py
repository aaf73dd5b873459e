"""`chronus link`: an Ableton Link session and the engine keep one tempo and one beat, on one machine or many.

Link's licence is the GPL, so its library is not installed with the rest. Whoever joins takes the session's tempo and never pushes its own; from
then on a tempo that is set in the engine is everybody's, and theirs is ours.
"""
import json
import sys
import time
from collections import deque

from chronus.faces.client import Client, NoEngine
from chronus.music.steering import error_in_beats, steer

LOOK_SECONDS = 0.1
SAME_BPM = 0.02                          # tempos that differ by less are one
SETTLED_SECONDS = 1.0                    # how long a tempo that we asked for may take until the engine tells it


class Follower:
    """What to do about a tempo: ours may follow theirs, or theirs ours. `ask` is told a tempo for the engine, `share` one for the session.

    `asked` are the tempos, with their times, that the engine may still tell because we asked for them: any other was set by somebody else. One that
    was set at once the engine tells apart, so that it is not lost if we asked for another in the same moment.
    """

    def __init__(self, ask, share):
        self.ask, self.share, self.asked, self.theirs, self.heard = ask, share, deque(), None, 0

    def look(self, now: float, engine: dict, peers: int, bpm: float, beat: float) -> None:
        """One look: what the engine says at `/time`, how many peers there are, and their tempo and beat at the same moment."""
        if peers == 0:
            self.asked.clear()
            self.theirs = None
            return
        while len(self.asked) > 1 and now - self.asked[1][0] > SETTLED_SECONDS:
            self.asked.popleft()
        number, told = engine["others"]
        is_new, self.heard = bool(self.asked) and number > self.heard, number
        if is_new or self.asked and abs(bpm - self.theirs) < SAME_BPM and all(abs(engine["bpm"] - asked) > SAME_BPM for _, asked in self.asked):
            bpm = told if is_new else engine["bpm"]
            self.share(bpm)
            self.asked.append((now, bpm))
        self.theirs = bpm
        wanted = steer(bpm, engine["beat"], beat, engine["beats_per_bar"])
        if not self.asked or abs(wanted - self.asked[-1][1]) > SAME_BPM / 4:
            self.asked.append((now, wanted))
            self.ask(wanted)


def run(host: str, port: int) -> int:
    """Until it is interrupted. Exit code 1: no engine, or no Link."""
    try:
        import link
    except ImportError:
        print("Ableton Link is not installed: its licence is the GPL, so it does not come with the rest. To have it: .venv/bin/pip install LinkPython-extern",
              file=sys.stderr)
        return 1
    with Client(host, port) as client:
        session = link.Link(json.loads(client.ask("/time").args[0])["bpm"])
        session.enabled = True
        follower = Follower(lambda bpm: client.ask("/tempo", float(bpm)), lambda bpm: share(session, bpm))
        try:
            while True:
                engine = json.loads(client.ask("/time").args[0])
                state, ago = session.captureAppSessionState(), round((time.time() - engine["unix"]) * 1e6)
                beat = state.beatAtTime(session.clock().micros() - ago, engine["beats_per_bar"])
                follower.look(time.monotonic(), engine, session.numPeers(), state.tempo(), beat)
                if sys.stdout.isatty():
                    away = error_in_beats(engine["beat"], beat, engine["beats_per_bar"]) * 60e3 / engine["bpm"]
                    print(f"\r{session.numPeers()} peers · {engine['bpm']:.2f} BPM · {away:+.1f} ms away   ", end="", flush=True)
                time.sleep(LOOK_SECONDS)
        except KeyboardInterrupt:
            return 0
        except NoEngine as error:
            print(error, file=sys.stderr)
            return 1
        finally:
            session.enabled = False


def share(session, bpm: float) -> None:
    """Gives everybody a tempo."""
    state = session.captureAppSessionState()
    state.setTempo(bpm, session.clock().micros())
    session.commitAppSessionState(state)
