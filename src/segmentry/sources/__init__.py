"""Sources: files, frames and the synthetic shop, delivered as tables of text."""
