"""The recorder: writes what was played to a file, from the tap, and can be killed at any instant without losing a frame."""
