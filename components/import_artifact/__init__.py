"""Brings what lies at an address into a run, as KFP's importer does."""
