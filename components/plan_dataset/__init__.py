"""Decides under which key a whole dataset is committed."""
