"""Computes what each article and category of a shop sold on each local day, with what the days before say of it."""
