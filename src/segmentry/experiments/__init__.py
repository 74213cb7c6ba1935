"""Experiments: who gets what by lot, and what came of it."""
