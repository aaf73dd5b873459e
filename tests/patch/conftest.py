"""The tests of patches share edits by chance."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
