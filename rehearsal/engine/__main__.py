"""`python -m rehearsal.engine --socket S --root DIR`."""

import sys

from rehearsal.engine.server import main

sys.exit(main())
