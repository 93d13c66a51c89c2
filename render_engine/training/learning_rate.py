"""The learning rate's shape over a time-boxed run."""


def warm_hold_fall(step: int, warmup_steps: int, share_done: float, final_share: float) -> float:
    """Rise over the first steps, hold, then fall to a hundredth over the last share of the time; a factor in (0, 1]."""
    rise = min(1.0, (step + 1) / warmup_steps)
    fall = min(1.0, (1 - share_done) / final_share)
    return rise * max(fall, 0.01)
