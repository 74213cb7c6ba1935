"""Features: declared once, computed as of a date, for any engine."""
