"""What a module may promise, as measurements. Each takes the module and the promise's settings and fails with what it found.

Settings that name an input of the module are how it is set; the others are what it must do.
"""

from chronus.workshop.measures import control, drums, effects, envelopes, filters, mixing, reverbs, tables, tones

MEASURES = {f.__name__: f for part in (tones, filters, envelopes, drums, effects, reverbs, control, mixing, tables) for f in part.MEASURES}
