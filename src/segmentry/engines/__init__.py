"""Engines: places that hold tables and compute over them. DuckDB by default."""
