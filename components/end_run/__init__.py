"""Ends a run: keeps in `etl_runs` how it ended and what it committed, and tells people."""
