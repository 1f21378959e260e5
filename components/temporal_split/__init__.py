"""Cuts rows in time into train, val and test."""
