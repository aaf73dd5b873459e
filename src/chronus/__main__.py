"""`python -m chronus`: the same program as `chronus`."""

import sys

from chronus.faces.cli import main

sys.exit(main())
