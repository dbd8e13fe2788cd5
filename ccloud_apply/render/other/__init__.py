"""Smaller documents: catalogues, diagnostics, journals, rehearsals, tasks."""
