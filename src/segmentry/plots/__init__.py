"""Plots: every picture, one file per package it draws."""
