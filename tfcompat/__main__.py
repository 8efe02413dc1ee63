"""``python -m tfcompat`` is the same as ``tfcompat``."""

from __future__ import annotations

import sys

from tfcompat.cli.main import main

sys.exit(main())
