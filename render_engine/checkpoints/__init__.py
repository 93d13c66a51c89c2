"""Weights on disk: strict safetensors files and the key maps of other layouts."""
