"""Begins a run: makes the tables it needs, decides what is due, and opens its row in `etl_runs`."""
