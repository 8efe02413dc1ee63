"""What Python programs use: the campaigns that are stored, and the answers of the commands.

Everything here is a name of ``tfcompat`` as well: ``tfcompat.load(...)``.
"""

from __future__ import annotations

from tfcompat.api.answers import breaks, compare, frontier
from tfcompat.api.campaigns import JudgedRun, LoadedCampaign, load

__all__ = ["JudgedRun", "LoadedCampaign", "breaks", "compare", "frontier", "load"]
