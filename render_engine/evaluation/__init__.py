"""Evaluation: networks and measures that judge what the models make, and that no model is trained with."""
