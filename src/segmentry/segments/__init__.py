"""Segments: clusterers, the choice of k, profiles, names."""
