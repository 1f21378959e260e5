"""Keeps the table of events and the tables of their windows: plans, stages and commits, each exactly once."""
