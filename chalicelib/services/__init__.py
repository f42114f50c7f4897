"""Use cases: who may, what changes, in which order."""
