"""A reader in miniature."""

from render_engine.evaluation.reader_networks import ReaderConfig

TINY_READER = ReaderConfig(
    still_width=64,
    still_height=48,
    stills=(0, 2, 4),
    num_frames=5,
    look_channels=(8, 8, 16, 16),
    move_channels=(8, 8, 16),
    hidden=32,
)
