"""Tests of tfcompat.api."""
