"""Weighs the words of a shop's articles by how rare they are: TF-IDF, with a vocabulary that anybody can read."""
