"""Vectors of texts and images: models by address, sessions, and what stands from the run before."""
