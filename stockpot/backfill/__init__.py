"""Filling the time that a pipeline's runs have left out."""
