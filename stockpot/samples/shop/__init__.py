"""Sample data of a fashion shop: articles, customers, what they look at, buy and say, at any size.

Nothing here reads a clock, and each row depends on its own number alone: the same seed and scale give the same rows for
ever, in batches of any size, and the shop a day later is the shop of today with a day more.
"""
