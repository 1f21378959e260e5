"""Cleans a shop's reviews, judges their quality and language, and scores what they say."""
