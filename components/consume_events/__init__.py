"""Brings what topics have gained since the last commit, from fixed offset to fixed offset."""
