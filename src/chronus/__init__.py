"""Music Chronus: a headless, real-time modular synthesizer that people and AI agents play together."""

__version__ = "0.1.0"
