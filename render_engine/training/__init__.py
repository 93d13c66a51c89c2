"""Training by `python -m render_engine.training`: clips of the world to disk, the autoencoder, the transformer."""
