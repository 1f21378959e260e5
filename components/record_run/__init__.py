"""Keeps the row of a run in `etl_runs`."""
