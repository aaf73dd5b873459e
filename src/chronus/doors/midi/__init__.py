"""MIDI: `parser` reads bytes from strangers, `player` makes commands of what they mean, `ports` has the cables, `main` is the process."""
