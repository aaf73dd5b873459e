"""What shapes a note in time."""
