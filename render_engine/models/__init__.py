"""The networks: video transformer, video autoencoder, text encoder; `timestep` (1000 * sigma) lives only in here."""
