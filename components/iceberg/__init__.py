"""What steps that read or fill Iceberg tables share: the catalog, receipts, commits, and values that fit."""
