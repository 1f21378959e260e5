"""Computes what is known of each customer of a shop at a cut: who they are, what they bought, ordered and looked at."""
