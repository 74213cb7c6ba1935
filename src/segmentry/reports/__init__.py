"""Reports: data, template, one self-contained page."""
