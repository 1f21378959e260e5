"""Computes what each customer has bought of each article by a cut, and what was bought after an earlier one."""
