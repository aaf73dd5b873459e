"""What musicians know: the names of notes."""
