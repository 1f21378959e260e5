"""Copies Postgres tables, in one snapshot, into Parquet."""
