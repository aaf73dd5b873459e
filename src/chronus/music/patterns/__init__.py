"""The pattern language: TidalCycles' mini-notation and functions over patterns. `parse` reads a line, `cycles_of` has its events."""

from chronus.music.patterns.cycles import Onset, cycle_by_cycle, cycles_of, loops_of, period_of
from chronus.music.patterns.errors import PatternError, TooMuch
from chronus.music.patterns.functions import FUNCTIONS
from chronus.music.patterns.pattern import Event, Pattern, Span
from chronus.music.patterns.text import parse
from chronus.music.patterns.values import Theory, Value

__all__ = ["FUNCTIONS", "Event", "Onset", "Pattern", "PatternError", "Span", "Theory", "TooMuch", "Value", "cycle_by_cycle", "cycles_of", "loops_of", "parse",
           "period_of"]
