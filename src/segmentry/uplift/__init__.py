"""Uplift: what a treatment changes, and whether it changes more for some customers than for others."""
