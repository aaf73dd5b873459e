"""Measurements of the engine on this machine, one file each: what a figure is taken from stands beside how it is taken."""
