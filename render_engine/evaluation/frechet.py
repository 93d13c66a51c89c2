"""The Frechet distance between two sets of features, as if each were normally distributed (Dowson and Landau 1982).

Shape letters: N clips, D features.
"""

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def frechet_distance(one_ND: Doubles, other_ND: Doubles) -> float:
    """Squared distance between the normal distributions of two sets; of few clips it is too large, alike for all sets.

    Raises:
        ValueError: a set has fewer than two clips, or they differ in features.
    """
    if min(len(one_ND), len(other_ND)) < 2 or one_ND.shape[1] != other_ND.shape[1]:
        raise ValueError(
            f"sets of {one_ND.shape} and {other_ND.shape} have no distance: give two clips or more of each"
        )
    moments = [(set_ND.mean(0), np.atleast_2d(np.cov(set_ND, rowvar=False))) for set_ND in (one_ND, other_ND)]
    (mean_one, spread_one), (mean_other, spread_other) = moments
    return distance_of_normals(mean_one, spread_one, mean_other, spread_other)


def distance_of_normals(
    mean_one_D: Doubles, spread_one_DD: Doubles, mean_other_D: Doubles, spread_DD: Doubles
) -> float:
    """`|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2))`, its root by the eigenvalues of `S1^(1/2) S2 S1^(1/2)`."""
    root_DD = _root(spread_one_DD)
    shared_D = np.linalg.eigvalsh(root_DD @ spread_DD @ root_DD)
    common = float(np.sqrt(shared_D.clip(min=0)).sum())
    apart = float(((mean_one_D - mean_other_D) ** 2).sum())
    return max(0.0, apart + float(np.trace(spread_one_DD) + np.trace(spread_DD)) - 2 * common)


def _root(spread_DD: Doubles) -> Doubles:
    values_D, vectors_DD = np.linalg.eigh(spread_DD)
    root: Doubles = (vectors_DD * np.sqrt(values_D.clip(min=0))) @ vectors_DD.T
    return root
