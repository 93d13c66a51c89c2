"""Benchmarks: the engine's networks on random weights of the published sizes, timed against diffusers on the same."""
