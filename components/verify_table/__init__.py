"""Prints what is in an Iceberg table."""
