"""Explore: distributions, pairs, outliers and findings, from arrays."""
