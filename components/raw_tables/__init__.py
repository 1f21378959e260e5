"""Keeps raw tables as their source is: rows in their form, days whose keys differ, and ranges for others to read."""
