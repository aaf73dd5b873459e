"""What an engine is started with."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Options:
    """Options of `chronus up`. `lead` None takes 4 blocks where real-time scheduling is allowed, a larger one where not."""

    device: str = "auto"
    rate: int = 48_000
    block: int = 64
    lead: int | None = None
    osc_host: str = "127.0.0.1"
    osc_port: int = 5005
    session: Path | None = None
    patch: Path | None = None
    midi: str = "auto"
    json: bool = False
