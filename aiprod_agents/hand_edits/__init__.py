"""Animatics edited by hand: the YAML file that a person changes, and what becomes of a plan with it."""
