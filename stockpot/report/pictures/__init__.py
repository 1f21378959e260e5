"""Pictures of a run's tables: measured by Arrow where the rows lie, and drawn as SVG that needs no script."""
