"""`python -m render_engine.cli`, for machines on which the project is not installed."""

import sys

from render_engine.cli.app import main

sys.exit(main())
