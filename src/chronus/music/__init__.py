"""What musicians know: notes, intervals, scales, chords, progressions, tunings. Pure: numbers and names in, numbers out."""
