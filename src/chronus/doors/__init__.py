"""Doors: where bytes from strangers come in, are bounded and typed, and go on as commands."""
