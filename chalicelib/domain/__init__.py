"""Decisions only: pure functions of values and `now`."""
