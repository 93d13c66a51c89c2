"""What measures mean: the thresholds in one table, the findings they give, and which of several takes is best."""

from collections.abc import Iterable, Sequence

from aiprod_agents.cutting import ordered_parts, part_name
from aiprod_agents.ids import derive_id
from memory.records import Aspect, Brief, Cut, Finding, Look, Record, Requirement, Severity, Shot, Storyboard, Take
from render_engine.api import Measures, PlacedMeasures

CRITIC = "critic:technical"
ASPECT_RATIOS: dict[Aspect, float] = {"16:9": 16 / 9, "9:16": 9 / 16, "1:1": 1.0}


class Thresholds(Record):
    """From which value on a measure is a finding, minor or major."""

    black_minor: float = 0.0
    """Share of black frames; more than this."""
    black_major: float = 0.2
    frozen_minor: float = 0.4
    """Share of frames in runs in which nothing moves."""
    frozen_major: float = 0.7
    """A held frame under grain of 4/255 is found for 0.79 of the clip and more, a creeping camera for 0.5 at most."""
    flicker_minor: float = 0.02
    """Second difference of luma in [0, 1]."""
    flicker_major: float = 0.06
    palette_minor: float = 15.0
    """Mean distance of the colours to the palette's area in the a*b* plane: 95 % of a palette's own drawn shots."""
    palette_major: float = 25.0
    """Farther than any of them."""
    paleness_minor: float = 0.8
    """Share of the palette's chroma that is lacking: 95 % of its own drawn shots lack less, grey styles among them."""
    paleness_major: float = 0.95
    colour_minor: float = 0.005
    """Share of a shot that shows a colour which was asked by itself; nine of ten drawn shots with it show more."""
    colour_major: float = 0.001
    """The same, in every shot of the film."""
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
LEAST_PALETTE = 4
"""So many colours are a palette."""
LONGEST_FLASH = 8
"""Frames within which a jump that was undone again was lightning, where the scene asks for some."""
BLOCKING: frozenset[Severity] = frozenset({"major", "critical"})


class Judged(Record):
    """What is judged: a take of a shot, or the cut (no shot, no take)."""

    subject_sha256: str
    shot_id: str | None = None
    take_id: str | None = None

    def finding(
        self, category: str, severity: Severity, message: str, change: str = "", frames: tuple[int, int] | None = None
    ) -> Finding:
        """One finding on it, whose id follows from what is judged and for what; `frames` from, up to and without."""
        frame_in, frame_out = frames or (None, None)
        return Finding(
            id=derive_id(self.subject_sha256, self.shot_id, category),
            frame_in=frame_in,
            frame_out=frame_out,
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


def judge_take(
    take: Take, num_frames: int, shot: Shot, look: Look, measures: Measures, *, stormy: bool = False
) -> list[Finding]:
    """Everything that is wrong with one clip; in a `stormy` one lightning is asked for."""
    judged = Judged(subject_sha256=take.sha256 or "", shot_id=take.shot_id, take_id=take.id)
    whole = (0, measures.num_frames)
    findings = []
    if abs(measures.num_frames - num_frames) > THRESHOLDS.length_frames:
        message = f"{measures.num_frames} frames where {num_frames} were asked"
        findings.append(judged.finding("length", "major", message))
    findings += _black(judged, measures, whole)
    if not is_still(shot):
        findings += _frozen(judged, measures, whole)
    findings += _jumps(judged, measures.flicker, measures.cuts, stormy=stormy)
    return [*findings, *_palette(judged, look, measures)]


def judge_cut(
    cut: Cut, brief: Brief, storyboard: Storyboard, measures: Measures, stormy: frozenset[str] = frozenset()
) -> list[Finding]:
    """Everything that is wrong with the film: as a whole, and in it with each of its shots, where that stands alone.

    In the shots whose ids are `stormy`, lightning is asked for.
    """
    judged = Judged(subject_sha256=cut.sha256)
    findings = []
    if abs(measures.seconds - brief.seconds) > THRESHOLDS.film_seconds + 1 / cut.fps:
        message = f"the film lasts {measures.seconds:.2f} s where {brief.seconds:.2f} s were asked"
        findings.append(judged.finding("length", "major", message))
    if abs(measures.width / measures.height - ASPECT_RATIOS[brief.aspect]) > THRESHOLDS.aspect_ratio:
        message = f"the picture is {measures.width} x {measures.height} where {brief.aspect} was asked"
        findings.append(judged.finding("aspect", "major", message))
    shots = {shot.id: shot for shot in storyboard.shots}
    elsewhere = set(measures.cuts)
    for placed in measures.placed:
        if shot := shots.get(placed.shot_id):  # a card may be black, and is still
            of_shot = judged.model_copy(update={"shot_id": shot.id})
            findings += _judge_placed(of_shot, shot, placed, measures, stormy=shot.id in stormy)
            elsewhere -= set(range(placed.frame_in, placed.frame_out))
    findings += _cuts(judged, sorted(elsewhere))
    return [*findings, *_sound(judged, brief, storyboard, measures)]


def judge_colours(cut: Cut, look: Look, take_measures: Sequence[Measures]) -> list[Finding]:
    """A colour that was asked by itself and that no shot of the film shows."""
    shares = [measures.palette_shares for measures in take_measures if measures.palette_shares]
    if not shares or is_palette(look):
        return []
    most = [max(of_colour) for of_colour in zip(*shares, strict=True)]
    lost = [name for name, share in zip(look.palette_colours, most, strict=True) if share < THRESHOLDS.colour_major]
    message = f"{', '.join(lost)} was asked, and no shot shows it"
    return [Judged(subject_sha256=cut.sha256).finding("colour", "major", message)] if lost else []


def only_new(findings: Sequence[Finding], known: Sequence[Finding]) -> list[Finding]:
    """The findings on the film that say more than was found on the shots' takes: another fault, or a graver one."""
    worst: dict[tuple[str | None, str], int] = {}
    for finding in known:
        place = finding.shot_id, finding.category
        worst[place] = max(worst.get(place, 0), SEVERITY_WEIGHTS[finding.severity])
    return [one for one in findings if SEVERITY_WEIGHTS[one.severity] > worst.get((one.shot_id, one.category), 0)]


def is_still(shot: Shot) -> bool:
    """Whether nothing in the shot is planned to move."""
    return shot.action == "still" and shot.camera == "static"


def is_palette(look: Look) -> bool:
    """Whether the look's colours are a palette that the picture keeps to; fewer are colours that it is to show."""
    return len(look.palette_colours) >= LEAST_PALETTE


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
    shots = [part_name(part) for part in parts if requirement.id in part.covers]
    planned = f", planned in {', '.join(shots)}" if shots else ""
    return f"{requirement.id} ({requirement.kind}: {requirement.text}){planned}: nothing measured it"


def weigh(findings: Iterable[Finding]) -> int:
    """How bad findings are together; 0 is faultless."""
    return sum(SEVERITY_WEIGHTS[finding.severity] for finding in findings)


def is_blocking(finding: Finding) -> bool:
    """Whether the policy of the house may not let it pass."""
    return finding.status == "open" and finding.severity in BLOCKING


def black_share(measures: Measures, span: tuple[int, int]) -> float:
    """Share of the span's frames that are black."""
    return len(_black_frames(measures, span)) / (span[1] - span[0])


def frozen_share(measures: Measures, span: tuple[int, int]) -> float:
    """Share of the span's frames that lie in a run in which nothing moves."""
    return sum(last - first for first, last in _frozen_runs(measures, span)) / (span[1] - span[0])


def _judge_placed(
    judged: Judged, shot: Shot, placed: PlacedMeasures, measures: Measures, *, stormy: bool
) -> list[Finding]:
    span = (placed.frame_in, placed.frame_out)
    frozen = [] if is_still(shot) else _frozen(judged, measures, span)
    cuts = [frame for frame in measures.cuts if span[0] <= frame < span[1]]
    return [*_black(judged, measures, span), *frozen, *_jumps(judged, placed.flicker, cuts, stormy=stormy)]


def _black(judged: Judged, measures: Measures, span: tuple[int, int]) -> list[Finding]:
    share = black_share(measures, span)
    severity = _grade(share, THRESHOLDS.black_minor, THRESHOLDS.black_major)
    if severity is None:
        return []
    frames = _black_frames(measures, span)
    first_gap = next((at for at, frame in enumerate(frames) if frame != frames[0] + at), len(frames))
    message = f"{share:.0%} of the frames are black"
    run = (frames[0], frames[0] + first_gap)
    return [judged.finding("black", "critical" if share == 1 else severity, message, frames=run)]


def _black_frames(measures: Measures, span: tuple[int, int]) -> list[int]:
    return [frame for frame in measures.black_frames if span[0] <= frame < span[1]]


def _frozen(judged: Judged, measures: Measures, span: tuple[int, int]) -> list[Finding]:
    share = frozen_share(measures, span)
    severity = _grade(share, THRESHOLDS.frozen_minor, THRESHOLDS.frozen_major)
    if severity is None:
        return []
    longest = max(_frozen_runs(measures, span), key=lambda run: run[1] - run[0])
    return [judged.finding("frozen", severity, f"nothing moves for {share:.0%} of the shot", frames=longest)]


def _frozen_runs(measures: Measures, span: tuple[int, int]) -> list[tuple[int, int]]:
    """(first frame, frame after the last) of the runs within the span; runs that touch are one."""
    joined: list[tuple[int, int]] = []
    for start, length in measures.frozen_runs:
        first, last = max(start, span[0]), min(start + length, span[1])
        if joined and first <= joined[-1][1] < last:
            joined[-1] = (joined[-1][0], last)
        elif first < last:
            joined.append((first, last))
    return joined


def _jumps(judged: Judged, flicker: float | None, cuts: Sequence[int], *, stormy: bool) -> list[Finding]:
    """Flicker and cuts, but for those that lightning is: brightness that jumps and soon jumps back."""
    if not stormy:
        return [*_flicker(judged, flicker), *_cuts(judged, cuts)]
    left: list[int] = []
    for frame in cuts:
        if left and frame - left[-1] <= LONGEST_FLASH:
            left.pop()
        else:
            left.append(frame)
    return _cuts(judged, left)


def _flicker(judged: Judged, flicker: float | None) -> list[Finding]:
    if flicker is None:
        return []
    severity = _grade(flicker, THRESHOLDS.flicker_minor, THRESHOLDS.flicker_major)
    return [judged.finding("flicker", severity, f"brightness flickers by {flicker:.3f}")] if severity else []


def _cuts(judged: Judged, cuts: Sequence[int]) -> list[Finding]:
    if not cuts:
        return []
    where = ", ".join(str(frame) for frame in cuts)
    message = f"the picture jumps at frame {where}"
    return [judged.finding("cut", "major", message, frames=(cuts[0], cuts[0] + 1))]


def _palette(judged: Judged, look: Look, measures: Measures) -> list[Finding]:
    if measures.palette_distance is None or measures.palette_paleness is None:
        return []
    change = f"keep to the palette {look.palette}"
    if not is_palette(look):
        return _missing_colours(judged, look, measures, change)
    findings = []
    if severity := _grade(measures.palette_distance, THRESHOLDS.palette_minor, THRESHOLDS.palette_major):
        message = f"colours lie {measures.palette_distance:.0f} outside the palette"
        findings.append(judged.finding("palette", severity, message, change))
    if severity := _grade(measures.palette_paleness, THRESHOLDS.paleness_minor, THRESHOLDS.paleness_major):
        message = f"the picture lacks {measures.palette_paleness:.0%} of the palette's chroma"
        findings.append(judged.finding("paleness", severity, message, change))
    return findings


def _missing_colours(judged: Judged, look: Look, measures: Measures, change: str) -> list[Finding]:
    """At most minor: one shot may do without a colour that the film is to show."""
    shares = zip(look.palette_colours, measures.palette_shares, strict=True)
    lacking = [f"{share:.1%} of the picture shows {name}" for name, share in shares if share < THRESHOLDS.colour_minor]
    return [judged.finding("colour", "minor", f"only {', '.join(lacking)}", change)] if lacking else []


def _sound(judged: Judged, brief: Brief, storyboard: Storyboard, measures: Measures) -> list[Finding]:
    """What is wrong with the sound; a film without music is silent between its lines."""
    if not expects_sound(brief, storyboard):
        return []
    if not measures.has_sound:
        return [judged.finding("sound", "critical", "the film has no sound")]
    findings = []
    silent = measures.silent_seconds or 0.0
    if brief.wants_music and silent > THRESHOLDS.silent_major * measures.seconds:
        findings.append(judged.finding("silence", "major", f"{silent:.1f} s are silent"))
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
