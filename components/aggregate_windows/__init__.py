"""Counts events in five-minute windows."""
