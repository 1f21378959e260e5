"""Hands the rows of an Iceberg table to other steps, as they were in one snapshot."""
