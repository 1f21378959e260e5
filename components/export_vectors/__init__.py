"""Lays vectors into the object store as NumPy and SciPy read them, for indexes and notebooks."""
