"""Measurements on this machine: each figure beside a simpler one of the same run, so that machines can be compared."""
