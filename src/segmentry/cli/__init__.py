"""Command line: the commands; print, never compute."""
