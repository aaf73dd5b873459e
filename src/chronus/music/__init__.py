"""What musicians know: notes, intervals, scales, chords, progressions, tunings, patterns. Pure: numbers and names in, numbers out."""
