"""Ends a run: records in `etl_runs` how it ended and what it committed, and notifies people."""
