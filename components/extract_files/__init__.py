"""Copies tables that lie in files, CSV or Parquet, into Parquet."""
