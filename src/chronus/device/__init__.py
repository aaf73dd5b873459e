"""The audio callback and what drives it: native, no lock, no interpreter, no allocation. It chooses, copies, counts, wakes."""
