"""Computes the moderation training rows: 26 point-in-time features and the label."""
