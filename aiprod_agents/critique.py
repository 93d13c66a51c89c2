"""What measures mean: the thresholds in one table, the findings they give, and which of several takes is best."""

from collections.abc import Iterable, Sequence

from aiprod_agents.cutting import ordered_parts
from aiprod_agents.ids import derive_id
from memory.records import Aspect, Brief, Cut, Finding, Look, Record, Requirement, Severity, Shot, Storyboard, Take
from render_engine.api import Measures

CRITIC = "critic:technical"
ASPECT_RATIOS: dict[Aspect, float] = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0}


class Thresholds(Record):
    """From which value on a measure is a finding, minor or major."""

    black_minor: float = 0.0
    """Share of black frames; more than this."""
    black_major: float = 0.2
    frozen_minor: float = 0.4
    """Share of frames in runs in which nothing moves."""
    frozen_major: float = 0.8
    flicker_minor: float = 0.02
    """Second difference of luma in [0, 1]."""
    flicker_major: float = 0.06
    palette_minor: float = 45.0
    """Mean CIE76 distance to the nearest colour of the palette."""
    palette_major: float = 75.0
    length_frames: int = 1
    film_seconds: float = 0.5
    aspect_ratio: float = 0.01
    """How far width over height may lie from what was asked."""
    loudness_minor: float = 1.0
    """LU away from the target."""
    loudness_major: float = 4.0
    loudness_target: float = -16.0
    silent_major: float = 0.5
    """Share of the film without a sound."""


THRESHOLDS = Thresholds()
SEVERITY_WEIGHTS: dict[Severity, int] = {"info": 1, "minor": 10, "major": 100, "critical": 1000}
BLOCKING: frozenset[Severity] = frozenset({"major", "critical"})


class Judged(Record):
    """What is judged: a take of a shot, or the cut (no shot, no take)."""

    subject_sha256: str
    shot_id: str | None = None
    take_id: str | None = None

    def finding(self, category: str, severity: Severity, message: str, change: str = "") -> Finding:
        """One finding on it, whose id follows from what is judged and for what."""
        return Finding(
            id=derive_id(self.subject_sha256, self.shot_id, category),
            shot_id=self.shot_id,
            take_id=self.take_id,
            category=category,
            severity=severity,
            message=message,
            change=change,
            author=CRITIC,
        )


def judge_failed(take: Take) -> Finding:
    """A take that could not be rendered."""
    judged = Judged(subject_sha256=take.request_digest, shot_id=take.shot_id, take_id=take.id)
    return judged.finding("render", "critical", f"take {take.number} could not be rendered: {take.error}")


def judge_take(take: Take, num_frames: int, shot: Shot, look: Look, measures: Measures) -> list[Finding]:
    """Everything that is wrong with one clip."""
    judged = Judged(subject_sha256=take.sha256 or "", shot_id=take.shot_id, take_id=take.id)
    findings = []
    if abs(measures.num_frames - num_frames) > THRESHOLDS.length_frames:
        message = f"{measures.num_frames} frames where {num_frames} were asked"
        findings.append(judged.finding("length", "major", message))
    findings += _black(judged, measures)
    if not is_still(shot):
        findings += _frozen(judged, measures)
    findings += _flicker(judged, measures)
    if measures.cuts:
        frames = ", ".join(str(frame) for frame in measures.cuts)
        findings.append(judged.finding("cut", "major", f"the picture jumps at frame {frames}"))
    findings += _palette(judged, look, measures)
    return findings


def judge_cut(cut: Cut, brief: Brief, storyboard: Storyboard, measures: Measures) -> list[Finding]:
    """Everything that is wrong with the film as a whole; its shots are judged by their takes."""
    judged = Judged(subject_sha256=cut.sha256)
    findings = []
    if abs(measures.seconds - brief.seconds) > THRESHOLDS.film_seconds + 1 / cut.fps:
        message = f"the film lasts {measures.seconds:.2f} s where {brief.seconds:.2f} s were asked"
        findings.append(judged.finding("length", "major", message))
    if abs(measures.width / measures.height - ASPECT_RATIOS[brief.aspect]) > THRESHOLDS.aspect_ratio:
        message = f"the picture is {measures.width} x {measures.height} where {brief.aspect} was asked"
        findings.append(judged.finding("aspect", "major", message))
    unwanted = _unwanted_cuts(cut, measures)
    if unwanted:
        frames = ", ".join(str(frame) for frame in unwanted)
        findings.append(judged.finding("cut", "major", f"the picture jumps inside a shot, at frame {frames}"))
    return [*findings, *_sound(judged, expects_sound(brief, storyboard), measures)]


def is_still(shot: Shot) -> bool:
    """Whether nothing in the shot is planned to move."""
    return shot.action == "still" and shot.camera == "static"


def expects_sound(brief: Brief, storyboard: Storyboard) -> bool:
    """Whether the film has music or a line to speak."""
    return brief.wants_music or (brief.wants_narration and any(shot.narration for shot in storyboard.shots))


def find_unmeasured(
    brief: Brief, storyboard: Storyboard, cut_measures: Measures, take_measures: Sequence[Measures]
) -> list[str]:
    """What the brief requires and nothing measured, and what the critic could not measure, a line each."""
    measured = {"seconds", "aspect"}
    if take_measures and all(measures.palette_distance is not None for measures in take_measures):
        measured.add("palette")
    lines = [_unmeasured_line(item, storyboard) for item in brief.requirements if item.kind not in measured]
    names = {name for measures in (cut_measures, *take_measures) for name in measures.not_measured}
    return lines + [f"not measured: {name}" for name in sorted(names)]


def _unmeasured_line(requirement: Requirement, storyboard: Storyboard) -> str:
    parts = ordered_parts(storyboard)
    shots = [part.id for part in parts if requirement.id in part.covers]
    planned = f", planned in {', '.join(shots)}" if shots else ""
    return f"{requirement.id} ({requirement.kind}: {requirement.text}){planned}: nothing measured it"


def weigh(findings: Iterable[Finding]) -> int:
    """How bad findings are together; 0 is faultless."""
    return sum(SEVERITY_WEIGHTS[finding.severity] for finding in findings)


def is_blocking(finding: Finding) -> bool:
    """Whether the policy of the house may not let it pass."""
    return finding.status == "open" and finding.severity in BLOCKING


def black_share(measures: Measures) -> float:
    """Share of the frames that are black."""
    return len(measures.black_frames) / measures.num_frames


def frozen_share(measures: Measures) -> float:
    """Share of the frames that lie in a run in which nothing moves."""
    return sum(length for _, length in measures.frozen_runs) / measures.num_frames


def _black(judged: Judged, measures: Measures) -> list[Finding]:
    share = black_share(measures)
    severity = _grade(share, THRESHOLDS.black_minor, THRESHOLDS.black_major)
    if severity == "major" and share == 1:
        severity = "critical"
    return [judged.finding("black", severity, f"{share:.0%} of the frames are black")] if severity else []


def _frozen(judged: Judged, measures: Measures) -> list[Finding]:
    share = frozen_share(measures)
    severity = _grade(share, THRESHOLDS.frozen_minor, THRESHOLDS.frozen_major)
    return [judged.finding("frozen", severity, f"nothing moves for {share:.0%} of the shot")] if severity else []


def _flicker(judged: Judged, measures: Measures) -> list[Finding]:
    if measures.flicker is None:
        return []
    severity = _grade(measures.flicker, THRESHOLDS.flicker_minor, THRESHOLDS.flicker_major)
    return [judged.finding("flicker", severity, f"brightness flickers by {measures.flicker:.3f}")] if severity else []


def _palette(judged: Judged, look: Look, measures: Measures) -> list[Finding]:
    if measures.palette_distance is None or not look.palette_colours:
        return []
    severity = _grade(measures.palette_distance, THRESHOLDS.palette_minor, THRESHOLDS.palette_major)
    message = f"colours lie {measures.palette_distance:.0f} from the palette"
    change = f"keep to the palette {look.palette}"
    return [judged.finding("palette", severity, message, change)] if severity else []


def _unwanted_cuts(cut: Cut, measures: Measures) -> list[int]:
    edges = [placed.frame_in for placed in cut.placed] + [placed.frame_out for placed in cut.placed]
    return [frame for frame in measures.cuts if all(abs(frame - edge) > 2 for edge in edges)]


def _sound(judged: Judged, expected: bool, measures: Measures) -> list[Finding]:  # noqa: FBT001 - one fact of the brief
    if not expected:
        return []
    if not measures.has_sound:
        return [judged.finding("sound", "critical", "the film has no sound")]
    findings = []
    if measures.silent_seconds is not None and measures.silent_seconds > THRESHOLDS.silent_major * measures.seconds:
        findings.append(judged.finding("silence", "major", f"{measures.silent_seconds:.1f} s are silent"))
    if measures.loudness_lufs is not None:
        away = abs(measures.loudness_lufs - THRESHOLDS.loudness_target)
        severity = _grade(away, THRESHOLDS.loudness_minor, THRESHOLDS.loudness_major)
        message = f"loudness is {measures.loudness_lufs:.1f} LUFS where {THRESHOLDS.loudness_target:.0f} were asked"
        findings += [judged.finding("loudness", severity, message)] if severity else []
    return findings


def _grade(value: float, minor: float, major: float) -> Severity | None:
    if value > major:
        return "major"
    return "minor" if value > minor else None
