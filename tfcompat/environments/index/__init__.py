"""What a package index knows: releases, their files, and what it held on a past day."""
