"""Brings the interactions of a feed: generated from a config, or read from Postgres or Parquet."""
