"""Pipelines: a recipe says what to do, as data; one render loop does it."""
