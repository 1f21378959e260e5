"""Computes the features for ranking a feed, and proves that none of them leaks."""
