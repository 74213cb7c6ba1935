"""Evaluation: splits that keep alike customers together, cross-fitting, calibration, ranking, profit; every figure out-of-fold."""
