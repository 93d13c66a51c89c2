"""The storyboard page: one file, complete, safe, and readable on a telephone."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from aiprod_agents.pages import (
    PageShot,
    StoryboardPage,
    clock,
    covered_by,
    render_storyboard,
    segments,
    write_storyboard,
)
from memory.records import PlacedShot
from tests.cli.page_samples import brief, delivered_page, drawn_jpeg, planned_page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMIUM_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--allow-file-access-from-files",
    "--virtual-time-budget=5000",
)


class Reader(HTMLParser):
    """Collects what a test wants to know of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def ids(self) -> set[str]:
        return {value for _, attributes in self.tags if (value := attributes.get("id"))}


@pytest.fixture(params=["planned", "delivered"])
def page(request: pytest.FixtureRequest, tmp_path: Path) -> StoryboardPage:
    return {"planned": planned_page, "delivered": delivered_page}[request.param](tmp_path)


def test_the_page_asks_nothing_of_the_network(page: StoryboardPage):
    read = Reader(render_storyboard(page))
    loaded = [attributes[key] for _, attributes in read.tags for key in ("src", "srcset", "data") if key in attributes]
    loaded += [link["href"] for link in read.all("link")]
    assert loaded
    assert all(str(address).startswith("data:") for address in loaded)
    assert not re.search(r"url\(|@import|http://|https://", render_storyboard(page))


def test_a_script_in_a_brief_is_shown_as_words(tmp_path: Path):
    evil = "<script>alert('x')</script> \"><img src=x onerror=alert(1)>"
    sample = planned_page(tmp_path)
    told = sample.shots[0].model_copy(update={"prompt": evil, "notes": (evil,)})
    spoken = told.model_copy(update={"shot": told.shot.model_copy(update={"description": evil, "narration": evil})})
    concept = sample.concept.model_copy(update={"title": evil, "logline": evil})
    look = sample.look.model_copy(update={"style": evil, "palette_colours": ('red" onload="alert(1)',)})
    changes = {"brief": brief(text=evil), "concept": concept, "look": look, "shots": (spoken,), "plan_notes": (evil,)}
    html = render_storyboard(sample.model_copy(update=changes))
    read = Reader(html)
    assert not read.all("script")
    assert not [tag for tag, attributes in read.tags if any(name.startswith("on") for name in attributes)]
    assert len(read.all("img")) == 1
    assert "&lt;script&gt;" in html


def test_every_picture_has_words_and_every_link_a_place(page: StoryboardPage):
    read = Reader(render_storyboard(page))
    assert all((picture.get("alt") or "").strip() for picture in read.all("img"))
    inner = {str(link["href"])[1:] for link in read.all("a") if str(link["href"]).startswith("#")}
    assert inner <= read.ids
    assert {"S0", "S1", "S2", "S9"} <= inner


def test_before_the_render_only_the_drawing_is_shown_and_the_page_says_so(tmp_path: Path):
    html = render_storyboard(planned_page(tmp_path))
    assert len(Reader(html).all("img")) == 2
    assert "Nothing is rendered yet" in html
    assert "film.mp4" not in html


def test_after_the_render_the_take_stands_beside_the_drawing(tmp_path: Path):
    html = render_storyboard(delivered_page(tmp_path))
    assert len(Reader(html).all("img")) == 4
    assert "70 %" in html
    assert "Nothing is rendered yet" not in html


def test_what_was_not_measured_comes_before_the_verdict(tmp_path: Path):
    html = render_storyboard(delivered_page(tmp_path))
    assert html.index("Not measured") < html.index("Verdict: approved") < html.index('id="shots"')


def test_the_worst_finding_of_a_shot_is_read_first(tmp_path: Path):
    html = render_storyboard(delivered_page(tmp_path))
    assert html.index("is black") < html.index("flickers")


def test_a_finding_on_a_card_is_not_lost(tmp_path: Path):
    sample = delivered_page(tmp_path)
    on_card = sample.findings[0].model_copy(update={"shot_id": "S9", "message": "the end card is cut off"})
    html = render_storyboard(sample.model_copy(update={"findings": (on_card,)}))
    assert "the end card is cut off" in html


def test_a_requirement_that_no_shot_answers_is_said(tmp_path: Path):
    sample = planned_page(tmp_path)
    assert covered_by(sample) == {"R1": [], "R2": ["S1"], "R3": ["S9"], "R4": []}
    assert render_storyboard(sample).count("no shot") == 1, "R4 is a must; R1, the length, is the whole film's"


def test_a_changed_shot_leads_with_the_change_and_keeps_what_was_first_planned(tmp_path: Path):
    sample = planned_page(tmp_path)
    assert "As asked" not in render_storyboard(sample)
    entry = sample.shots[0].model_copy(update={"shot": sample.shots[0].shot.model_copy(update={"change": "at dusk"})})
    html = render_storyboard(sample.model_copy(update={"shots": (entry,)}))
    assert html.index("As asked: at dusk") < html.index("As planned: The boat passes")
    assert Reader(html).all("img")[0]["alt"] == f"Animatic of S1: {entry.prompt}"


def test_a_finding_that_is_fixed_looks_like_none_that_is_open(tmp_path: Path):
    sample = delivered_page(tmp_path)
    fixed = sample.findings[1].model_copy(update={"status": "fixed"})
    html = render_storyboard(sample.model_copy(update={"findings": (fixed,)}))
    assert "<b>Fixed</b> on S2" in html
    assert 'class="finding critical"' not in html


def test_a_length_is_told_to_a_tenth_and_beside_it_the_planned_one_where_they_differ(tmp_path: Path):
    html = render_storyboard(delivered_page(tmp_path))
    assert "0:01.0 to 0:06.2, 5.2 s (5.0 s planned)</span>" in html
    assert "5.0 s</span>" in render_storyboard(planned_page(tmp_path))


def test_the_time_line_is_the_plans_until_there_is_a_cut(tmp_path: Path):
    plan = segments(planned_page(tmp_path))
    assert [(part.id, part.start_seconds, part.seconds) for part in plan] == [
        ("S0", 0, 1),
        ("S1", 1, 5),
        ("S2", 6, 5),
        ("S9", 11, 1),
    ]
    cut = segments(delivered_page(tmp_path))
    assert [part.label for part in cut] == ["title", "S1", "S2", "end"]
    assert cut[1].seconds == pytest.approx(126 / 24)


def test_a_placed_part_without_a_name_keeps_its_id(tmp_path: Path):
    sample = delivered_page(tmp_path)
    assert sample.cut
    cut = sample.cut.model_copy(update={"placed": (PlacedShot(shot_id="X1", frame_in=0, frame_out=24),)})
    assert segments(sample.model_copy(update={"cut": cut}))[0].label == "X1"


def test_shots_that_melt_into_each_other_do_not_make_the_film_longer(tmp_path: Path):
    sample = delivered_page(tmp_path)
    assert sample.cut
    lies = (("S1", 0, 150), ("S2", 140, 288))
    placed = tuple(PlacedShot(shot_id=name, frame_in=start, frame_out=end) for name, start, end in lies)
    parts = segments(sample.model_copy(update={"cut": sample.cut.model_copy(update={"placed": placed})}))
    assert sum(part.seconds for part in parts) == pytest.approx(12)


def test_clocks_round_upwards_across_the_minute():
    assert [clock(0), clock(3.5), clock(59.96), clock(61.25)] == ["0:00.0", "0:03.5", "1:00.0", "1:01.2"]


def test_a_picture_that_is_no_jpeg_is_refused_and_leaves_nothing_behind(tmp_path: Path):
    (tmp_path / "fake.jpg").write_bytes(b"GIF89a")
    sample = planned_page(tmp_path)
    wrong = sample.shots[0].model_copy(update={"animatic": tmp_path / "fake.jpg"})
    with pytest.raises(ValueError, match=r"fake\.jpg is not a JPEG"):
        write_storyboard(sample.model_copy(update={"shots": (wrong,)}), tmp_path / "page.html")
    assert not list(tmp_path.glob("page.html*"))


def test_a_page_that_cannot_be_written_leaves_the_old_one_whole(tmp_path: Path):
    target = tmp_path / "page.html"
    target.mkdir()
    with pytest.raises(OSError, match="directory"):
        write_storyboard(planned_page(tmp_path), target)
    assert not list(tmp_path.glob("*.part"))


MEASURE = """<html><body><iframe id="f" src="page.html" style="width:WIDTHpx;height:6000px;border:0"></iframe>
<script>document.getElementById("f").onload = event => {
  const inner = event.target.contentDocument;
  const wide = [...inner.querySelectorAll("body *")].filter(e => !e.closest(".skip") &&
    (e.getBoundingClientRect().right > WIDTH + 0.5 || e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0));
  document.title = JSON.stringify({width: inner.documentElement.scrollWidth, images: inner.images.length,
    loaded: [...inner.images].filter(e => e.naturalWidth > 0).length,
    wide: wide.map(e => e.tagName + ": " + e.textContent.slice(0, 30))});
}</script></body></html>"""


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: the page's look on a screen is not measured")
@pytest.mark.parametrize("aspect", ["16:9", "9:16", "1:1"])
def test_nothing_is_cut_off_on_a_telephone_or_a_desk(tmp_path: Path, aspect: str):
    sample = delivered_page(tmp_path, aspect)
    endless = sample.concept.model_copy(update={"title": "Donaudampfschifffahrtsgesellschaftskapitänsmütze" * 2})
    short = [shot_like(tmp_path, sample.shots[1], number) for number in range(2, 9)]
    crowded = {"concept": endless, "shots": (sample.shots[0], *short), "cut": None}
    write_storyboard(sample.model_copy(update=crowded), tmp_path / "page.html")
    for width in (390, 1280):
        (tmp_path / "measure.html").write_text(MEASURE.replace("WIDTH", str(width)))
        seen = json.loads(title_in_chromium(tmp_path / "measure.html", tmp_path / "profile"))
        assert seen["width"] <= width
        assert not seen["wide"]
        assert seen["images"] == seen["loaded"] == 16


def shot_like(folder: Path, entry: PageShot, number: int) -> PageShot:
    picture = drawn_jpeg(folder / f"more_{number}.jpg", (64, 36), "#808080")
    return entry.model_copy(
        update={"shot": entry.shot.model_copy(update={"id": f"S{number}", "seconds": 1.0}), "take": picture}
    )


def title_in_chromium(page: Path, profile: Path) -> str:
    command = [str(CHROMIUM), *CHROMIUM_FLAGS, f"--user-data-dir={profile}", "--window-size=1400,1000", "--dump-dom"]
    done = subprocess.run([*command, page.as_uri()], capture_output=True, text=True, timeout=60, check=True)
    found = re.search(r"<title>(.*?)</title>", done.stdout, re.DOTALL)
    assert found, done.stderr[-500:]
    return found[1].replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
