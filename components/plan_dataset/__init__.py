"""Resolves under which key a dataset that replaces a whole table is committed."""
