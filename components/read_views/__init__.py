"""Brings the views of images, from wherever they are known, into one form."""
