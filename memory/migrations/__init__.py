"""Alembic's migrations: one file a change, up and down, none ever edited once it is released."""
