"""Commits the rows of an interval to an Iceberg table, exactly once."""
