"""Keeps the table of events: plans, stages and commits, each event exactly once."""
