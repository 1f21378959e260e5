"""Brings extracted rows into the form of a raw table, and compares keys of the source with those of the table."""
