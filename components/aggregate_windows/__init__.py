"""Counts events in five-minute windows, and commits them to their tables."""
