"""From what was measured of single clips to the scores of a release: pictures, motion, pairs, and the critic's."""

from collections import defaultdict
from collections.abc import Callable
from statistics import fmean
from typing import Any

import numpy as np

from render_engine.evaluation.adherence import ADHERED, Adherence, adherence_of, following_of, wilson_interval
from render_engine.evaluation.codec import Steps, grid_visibility
from render_engine.evaluation.frechet import frechet_distance
from render_engine.evaluation.judges import Judges
from render_engine.evaluation.matching import NUM_CAPTIONS, matching_scores, retrieval
from render_engine.evaluation.measuring import WATCHED, Measured
from render_engine.evaluation.prompts import NEUTRAL, SWAPPED, Prompt
from render_engine.evaluation.rendering import Way
from render_engine.evaluation.report import MotionScores
from render_engine.evaluation.results import Results

Scores = dict[str, Any]
"""Fields of the report."""
_POINTS = 100
_DIGITS = 4
READ_WAYS = {
    Way.TEXT: "adherence",
    Way.GUIDED: "adherence_guided",
    Way.DISTILLED: "adherence_distilled",
    Way.GUIDED_30: "adherence_guided_30",
    Way.IDENTITY: "adherence_identity",
    Way.PARAPHRASED: "adherence_paraphrased",
    Way.DRAWN: "adherence_drawn",
    Way.CODEC: "adherence_codec",
}
_SPLIT_WAYS = (Way.TEXT, Way.GUIDED, Way.DRAWN)


def reader_scores(results: Results) -> Scores:
    """What the independent reader read, against what was asked."""
    scores: Scores = {"adherence_mean": {}}
    for way, name in READ_WAYS.items():
        found = _adherence(results, results.of_way(way))
        if found is not None:
            scores[name], scores[f"{name}_interval"] = _rounded(found.shares), _intervals(found)
            scores["adherence_mean"][way.value] = round(found.mean, _DIGITS)
    for way in _SPLIT_WAYS:
        scores |= _held_out_scores(results, way)
    for other, name in ((Way.GUIDED_30, "distilled_minus_guided"), (Way.GUIDED, "distilled_minus_standard")):
        distilled, guided = (_adherence(results, clips) for clips in results.shared(Way.DISTILLED, other))
        if distilled is not None and guided is not None:
            scores[name] = round((distilled.mean - guided.mean) * _POINTS, _DIGITS)
    return scores | _swap_scores(results)


def picture_scores(results: Results) -> Scores:
    """The autoencoder, given pictures, drafts, flicker and grid."""
    names = {"psnr": "psnr_db", "psnr_linear": "psnr_linear_db", "ssim": "ssim", "edge_error": "edge_error"}
    names["edge_error_linear"] = "edge_error_linear"
    scores = {
        "vae": _means(results, Way.CODEC, names),
        "first_frame": _means(results, Way.PICTURES, {"first": "psnr_db", "first_ceiling": "ceiling_db"}),
        "keyframe": _means(results, Way.PICTURES, {"last": "psnr_db", "last_ceiling": "ceiling_db"}),
        "draft_final": _means(results, Way.DISTILLED, {"psnr": "psnr_db", "ssim": "ssim"}),
        "flicker": _flicker(results),
        "grid": {way.value: grid for way in (Way.CODEC, *WATCHED[1:]) if (grid := _grid(results, way)) is not None},
    }
    return {name: _rounded(values) for name, values in scores.items() if values}


def motion_scores(results: Results) -> Scores:
    """Flow against the asked scene's."""
    found = {way.value: _motion(results, way) for way in WATCHED if results.of_way(way)}
    return {"motion": found} if found else {}


def critic_scores(results: Results, judges: Judges) -> Scores:
    """Matching, retrieval, and distances in the critic's features; nothing without a critic."""
    drawn = results.of_way(Way.DRAWN)
    if judges.critic is None or not drawn:
        return {}
    found = {
        way.value: retrieval(judges.critic, results.prompts_of(clips), clips)
        for way in WATCHED
        if (clips := results.of_way(way))
    }
    told = matching_scores(judges.critic, judges.encoder, results.prompts_of(drawn), drawn)
    return {
        "critic": _rounded(told),
        "retrieval": _rounded(found),
        "retrieval_captions": min(NUM_CAPTIONS, len(drawn)),
        "frechet": _rounded(_frechet(results)),
    }


def _adherence(results: Results, clips: list[Measured]) -> Adherence | None:
    read = [clip for clip in clips if clip.read]
    if not read:
        return None
    return adherence_of([prompt.scene for prompt in results.prompts_of(read)], [clip.read for clip in read])


def _held_out_scores(results: Results, way: Way) -> Scores:
    def other(prompt: Prompt) -> bool:
        return not prompt.has_held_out_pair

    pairs = _adherence(results, results.of_way(way, lambda prompt: prompt.has_held_out_pair))
    others = _adherence(results, results.of_way(way, other))
    if pairs is None or others is None:
        return {}
    name = f"{READ_WAYS[way]}_held_out_pairs"
    difference = (pairs.mean - others.mean) * _POINTS
    return {name: round(pairs.mean, _DIGITS), f"{name}_difference": round(difference, _DIGITS)}


def _swap_scores(results: Results) -> Scores:
    """Attribute by attribute, what is read where the caption and the animatic differ."""
    scores: dict[str, dict[str, Any]] = defaultdict(dict)
    for name in SWAPPED:
        for way in (Way.SWAPPED, Way.SWAPPED_DRAWN):
            clips = [clip for clip in _swapped_in(results, way, name) if clip.read]
            if not clips:
                continue
            said = [getattr(prompt.swapped_scene, name) for prompt in results.prompts_of(clips)]
            found = following_of(said, NEUTRAL[name], [clip.read[name] for clip in clips])
            scores[way.value][name] = round(found.caption / found.count, _DIGITS)
            if way is Way.SWAPPED:
                scores["swapped_interval"][name] = _rounded_pair(wilson_interval(found.caption, found.count))
                scores["swapped_to_board"][name] = round(found.board / found.count, _DIGITS)
                scores["swapped_to_other"][name] = round(found.other / found.count, _DIGITS)
    return dict(scores)


def _swapped_in(results: Results, way: Way, name: str) -> list[Measured]:
    return results.of_way(way, lambda prompt: prompt.swapped_attribute == name)


def _means(results: Results, way: Way, names: dict[str, str]) -> dict[str, float]:
    means = {name: results.mean(way, number) for number, name in names.items()}
    return {name: mean for name, mean in means.items() if mean is not None}


def _flicker(results: Results) -> dict[str, float]:
    found = {way.value: mean for way in WATCHED if (mean := results.mean(way, "flicker")) is not None}
    for way in WATCHED[1:]:
        made, drawn = results.shared(way, Way.DRAWN)
        spent = sum(clip.numbers["flicker"] for clip in drawn)
        if spent:
            found[f"{way}_ratio"] = sum(clip.numbers["flicker"] for clip in made) / spent
    return found


def _grid(results: Results, way: Way) -> float | None:
    """Of all clips together, so that one flat sky does not count like a city."""
    made, drawn = (_steps(clips) for clips in results.shared(way, Way.DRAWN))
    return grid_visibility(made, drawn)


def _steps(clips: list[Measured]) -> Steps:
    return Steps(*(sum(clip.numbers[name] for clip in clips) for name in Steps._fields))


def _motion(results: Results, way: Way) -> MotionScores:
    clips = results.of_way(way)
    correlations = [clip.numbers["correlation"] for clip in clips if "correlation" in clip.numbers]
    return MotionScores(
        error_px=round(fmean(clip.numbers["error_px"] for clip in clips), _DIGITS),
        still_px=round(fmean(clip.numbers["still_px"] for clip in clips), _DIGITS),
        correlation=round(fmean(correlations), _DIGITS) if correlations else None,
        error_px_by_camera=_errors_by(results, clips, lambda prompt: prompt.scene.camera),
        error_px_by_action=_errors_by(results, clips, lambda prompt: prompt.scene.action),
    )


def _errors_by(results: Results, clips: list[Measured], key: Callable[[Prompt], str]) -> dict[str, float]:
    groups: dict[str, list[float]] = defaultdict(list)
    for clip, prompt in zip(clips, results.prompts_of(clips), strict=True):
        groups[key(prompt)].append(clip.numbers["error_px"])
    return {name: round(fmean(groups[name]), _DIGITS) for name in sorted(groups)}


def _frechet(results: Results) -> dict[str, float]:
    """Renders of the even prompts, and their drawings for the floor, against drawings of the odd ones.

    As many clips on each side, so that what is too large of few clips is so of all alike.
    """
    odd = [clip.features for clip in results.of_way(Way.DRAWN, lambda prompt: prompt.index % 2 == 1)]
    distances = {}
    for way in WATCHED:
        even = [clip.features for clip in results.of_way(way, lambda prompt: prompt.index % 2 == 0)]
        if min(len(odd), len(even)) >= 2:
            name = "floor" if way is Way.DRAWN else way.value
            distances[name] = frechet_distance(np.array(even, np.float64), np.array(odd, np.float64))
    return distances


def _intervals(found: Adherence) -> dict[str, tuple[float, float]]:
    return {name: _rounded_pair(found.intervals[name]) for name in ADHERED}


def _rounded_pair(pair: tuple[float, float]) -> tuple[float, float]:
    return round(pair[0], _DIGITS), round(pair[1], _DIGITS)


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, _DIGITS) for name, value in values.items()}
