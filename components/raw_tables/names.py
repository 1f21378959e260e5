"""What raw tables are called, and their column of days."""

NAMESPACE = "raw"
DAY_AT = "day_at"
"""The column of a raw table that says when a row's local day begins."""
