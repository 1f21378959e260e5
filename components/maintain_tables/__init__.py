"""Keeps tables small and quick: joins small files, expires old snapshots, sweeps what no snapshot names."""
