"""Computes the features for ranking a feed, and cuts their rows in time into train, val and test."""
