"""Turns the images of a shop's articles into vectors: those that have changed, by a model at an address."""
