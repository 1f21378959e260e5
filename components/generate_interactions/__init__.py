"""Interactions of a feed: generated from a config, or read from where they really happened."""
