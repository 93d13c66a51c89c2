"""How a film's shots are shared out among its events, in the brief's order."""

from collections.abc import Sequence

from aiprod_agents.house_writer.beats import Beat

Slots = list[tuple[Beat, int]]
"""(event, how often it has been shown before) for each shot."""


def spread(beats: Sequence[Beat], num_shots: int) -> Slots:
    """The shots of so many events, in the brief's order.

    Fewer beats than shots: the longer told ones get more. More beats than shots: the first and last stay, those in
    between are thinned evenly.
    """
    if len(beats) > num_shots:
        picks = [round(index * (len(beats) - 1) / max(1, num_shots - 1)) for index in range(num_shots)]
        return [(beats[pick], 0) for pick in picks]
    counts = [1] * len(beats)
    weights = [len(beat.text.split()) ** 0.5 + len(beat.subjects) for beat in beats]
    for _ in range(num_shots - len(beats)):
        neediest = max(range(len(beats)), key=lambda index: (weights[index] / counts[index], index))
        counts[neediest] += 1
    return repeat(beats, counts)


def repeat(beats: Sequence[Beat], counts: Sequence[int]) -> Slots:
    """Each event in so many shots."""
    return [(beat, turn) for beat, count in zip(beats, counts, strict=True) for turn in range(count)]
