"""Resolves which interval a run has to fill and the key under which it commits."""
