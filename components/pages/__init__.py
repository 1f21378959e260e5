"""Pages about runs: their style and tables, and the parts that a report has wherever its run was carried out."""
