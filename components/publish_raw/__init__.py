"""Publishes the raw tables of a run in the data lake."""
