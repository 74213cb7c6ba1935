"""Preparation: imputation, transforms, scaling and encoding, learned once, frozen with the model, applied to batches."""
