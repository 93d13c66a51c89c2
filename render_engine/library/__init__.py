"""Weights by name: the catalogue of what is published, what lies in a folder, what a file holds, and fetching it."""
