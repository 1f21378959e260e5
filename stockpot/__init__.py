"""Stockpot: pipelines are declared, compiled, run and looked at with this package."""
