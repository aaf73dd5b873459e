"""The same work, rendered by this engine and by those that people use: who is how fast, on one core, and whether all of it is right."""
