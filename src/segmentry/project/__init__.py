"""Project: settings, stages and the runs people start."""
