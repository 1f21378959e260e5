"""Holds rows against their contract, with Great Expectations."""
