"""Tests of `recordings.answers`."""
