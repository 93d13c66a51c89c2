"""An animatic edited by hand: drawn again, given to a production at its start and at its plan's gate, and refused."""

import json
from pathlib import Path

import pytest

from tests.cli.office import BRIEF, Office, produce, read_json


def draw(office: Office, folder: Path, *options: str) -> Path:
    """The file of a brief's animatic."""
    ran = office.run("animatic", BRIEF, "--out", str(folder), *options)
    assert ran.code == 0, ran.err
    return folder / "animatic.yaml"


def edit(file: Path, shot: int, *changes: tuple[str, str]) -> Path:
    """Change words of one shot, as a person does in an editor."""
    parts = file.read_text("utf-8").split("  - id: ")
    for old, new in changes:
        assert old in parts[shot], parts[shot]
        parts[shot] = parts[shot].replace(old, new)
    file.write_text("  - id: ".join(parts), "utf-8")
    return file


def read_manifest(outcome: dict[str, str]) -> dict[str, object]:
    return json.loads((Path(outcome["package"]) / "manifest.json").read_text())


NIGHT = ("hour: day", "hour: night")
HORSE = ("companion: none", "companion: Horse")


def test_an_animatic_comes_with_a_file_that_says_how_it_is_used_and_what_each_field_may_be(
    office: Office, tmp_path: Path
):
    told = office.run("animatic", BRIEF, "--out", str(tmp_path / "board"))
    file = tmp_path / "board" / "animatic.yaml"
    assert f"to edit     {file}" in told.out
    text = file.read_text("utf-8")
    for words in ("aiprod animatic animatic.yaml", "--gate plan --animatic", "produce BRIEF --animatic"):
        assert words in text
    assert "#   weather: clear, cloudy, rain, snow, fog, storm" in text
    assert "#   relation: beside, behind, before, above" in text
    assert 'title: "Film"' in text
    assert text.count("\n  - id: S") == 3
    assert "    companion_colour: white\n    relation: beside\n    seed: 0\n" in text


def test_a_file_that_nobody_edited_draws_the_same_again(office: Office, tmp_path: Path):
    file = draw(office, tmp_path / "board")
    before = (tmp_path / "board" / "animatic.mp4").read_bytes()
    ran = office.run("animatic", str(file), "--out", str(tmp_path / "again"))
    assert ran.code == 0, ran.err
    assert "edited by hand" not in ran.out
    assert (tmp_path / "again" / "animatic.mp4").read_bytes() == before
    assert (tmp_path / "again" / "animatic.yaml").read_text().splitlines()[-30:] == file.read_text().splitlines()[-30:]


def test_an_edited_file_is_drawn_again_beside_it_without_planning_and_is_left_as_it_is(office: Office, tmp_path: Path):
    file = edit(draw(office, tmp_path / "board"), 2, NIGHT, HORSE, ("seconds: 3\n", "seconds: 3.25 # longer\n"))
    asked, mine = office.writer.asked(), file.read_text()
    ran = office.run("animatic", str(file))
    assert ran.code == 0, ran.err
    assert office.writer.asked() == asked, "nothing is planned or translated again"
    assert file.read_text() == mine
    shown = json.loads((tmp_path / "board" / "animatic.mp4").read_text())
    assert "Animatic: dog" in json.dumps(shown), "cards and words of the plan are still there"
    told = "edited by hand: seconds 3.25 instead of 3, hour night instead of day, companion horse instead of none"
    assert f"S2: {told}" in ran.out
    assert told in (tmp_path / "board" / "storyboard.html").read_text("utf-8")
    assert office.engine.calls("render") == []
    assert read_json(office.run("list", "--json").out) == []


def test_a_file_without_its_plan_is_drawn_by_itself_and_says_so(office: Office, tmp_path: Path):
    (tmp_path / "mine").mkdir()
    file = tmp_path / "mine" / "evening.yaml"
    file.write_text("title: Evening\nshots:\n- {id: S1, seconds: 3, subject: fox, setting: farm, hour: dusk}\n")
    ran = office.run("animatic", str(file), "--json")
    assert ran.code == 0, ran.err
    given = read_json(ran.out)
    assert (given["title"], given["seconds"], given["num_shots"]) == ("Evening", 3.0, 1)
    assert "its plan is not in this workspace: drawn at 16:9, without cards and narration" in given["notes"]
    assert [path.name for path in file.parent.iterdir()] == ["evening.yaml"], "beside other files nothing is written"


def test_what_was_edited_is_kept_when_the_brief_is_drawn_into_its_folder_again(office: Office, tmp_path: Path):
    file = edit(draw(office, tmp_path / "board"), 1, NIGHT)
    mine = file.read_text()
    draw(office, tmp_path / "board")
    assert (tmp_path / "board" / "animatic-1.yaml").read_text() == mine
    assert "hour: night" not in file.read_text()
    draw(office, tmp_path / "board")
    assert sorted(path.name for path in (tmp_path / "board").glob("*.yaml")) == ["animatic-1.yaml", "animatic.yaml"]


FAULTS = [
    (("hour: day", "hour: dai"), "line 44: S1: hour 'dai' is unknown: the nearest is day; it takes dawn, morning"),
    (("subject: dog", "subject: puppy"), "S1: subject 'puppy' is unknown: the nearest is dog, of 44 that"),
    (("    hour: day", "    huor: day"), "line 44: a shot has no field 'huor': the nearest is hour"),
    (("seconds: 3\n", "seconds: soon\n"), "S1: seconds 'soon': give a number, 0.5 or more, such as 3.5"),
    (("seconds: 3\n", "seconds: .inf\n"), "S1: seconds '.inf': give a number"),
    (("seconds: 3\n", "seconds: 9\n"), "S1: seconds 9: fake renders at most 5.12 at a time"),
    (("seconds: 3\n", "seconds: 5\n"), "seconds: the film would last 13.00 s where the brief asks for 11.00 s: make"),
    (("seed: 0", "seed: -1"), "S1: seed '-1': give a whole number below 2147483648"),
    (("S1\n", "S7\n"), "the plan has no S7: its shots are S1, S2, S3, and none can be added"),
    (("S1\n", "S2\n"), "S2 stands there a second time: keep one"),
    (("S1\n", "one\n"), "'ONE' is no shot's id: give one such as S1"),
    (("companion: none", "companion: [dog, cat]"), "S1: companion is no line of at most 200 characters"),
    (("hour: day", "hour: 'day"), "is not valid YAML: check its colons, quotes and indentation"),
    (("hour: day\n", "hour: day\n    hour: day\n"), "the field hour stands there a second time: keep one"),
]


@pytest.mark.parametrize(("change", "complaint"), FAULTS)
def test_a_fault_is_one_line_with_its_place_and_the_nearest_valid_word_and_nothing_is_begun(
    office: Office, tmp_path: Path, change: tuple[str, str], complaint: str
):
    file = edit(draw(office, tmp_path / "board"), 1, change)
    for words in (("animatic", str(file)), ("produce", BRIEF, "--animatic", str(file), "--yes")):
        ran = office.run(*words)
        assert ran.code == 2, ran.out
        assert complaint in ran.complaint
        assert "animatic.yaml" in ran.complaint
    assert read_json(office.run("list", "--json").out) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "animatic.yaml has no shots: give `shots:`"),
        ("title: Film\n", "has no shots"),
        ("shots: []\n", "has no shots"),
        ("- S1\n", "has no shots"),
        ("shots:\n- night\n", "line 2: a shot is a list of fields: begin it with `- id: S1`"),
        ("shots:\n- hour: night\n", "line 2: the shot has no id"),
        ("shots:\n- id: S1\nshoots: 1\n", "line 3: an animatic has no field 'shoots': the nearest is shots"),
        ("look: warm\nshots:\n- id: S1\n", "line 1: look is no list of fields"),
        ("title: a\x07b\nshots:\n- id: S1\n", "line 1: a control character stands there"),
        ("shots: " + "[" * 3000, "lie too deep in each other"),
        ("#" * 100_001, "more than 100,000 bytes, too long"),
        ("shots:\n- id: S2\n- id: S1\n", "line 3: S1 stands after S2: shots cannot be moved, keep their order"),
    ],
)
def test_a_file_of_another_shape_is_refused_in_one_line(office: Office, tmp_path: Path, text: str, complaint: str):
    file = tmp_path / "animatic.yaml"
    file.write_text(text)
    ran = office.run("produce", BRIEF, "--animatic", str(file))
    assert ran.code == 2, ran.out
    assert complaint in ran.complaint


def test_a_file_that_is_not_there_is_no_text_or_comes_with_a_brief_s_options_is_refused(office: Office, tmp_path: Path):
    file = draw(office, tmp_path / "board")
    assert "cannot be read" in office.run("produce", BRIEF, "--animatic", str(tmp_path / "none.yaml")).complaint
    assert "--seed belongs to a brief" in office.run("animatic", str(file), "--seed", "3").complaint
    file.write_bytes(b"\xff\xfe\x00")
    assert "is not text" in office.run("animatic", str(file)).complaint


def test_a_production_begins_from_an_edited_animatic_and_its_manifest_says_so(office: Office, tmp_path: Path):
    file = edit(draw(office, tmp_path / "board"), 2, NIGHT, HORSE, ("seconds: 3\n", "seconds: 3.4\n"))
    plain = read_manifest(produce(office, "--yes"))
    outcome = produce(office, "--yes", "--animatic", str(file))
    assert outcome["status"] == "delivered"
    manifest = read_manifest(outcome)
    assert manifest["animatic"]["edited_by_hand"] == ["S2"]
    assert "S2: edited by hand" in manifest["animatic"]["what"]
    assert plain["animatic"]["edited_by_hand"] == []
    shot = manifest["shots"][1]
    assert (shot["scene"]["hour"], shot["scene"]["companion"], shot["planned_seconds"]) == ("night", "horse", 3.4)
    assert shot["edited_by_hand"] == [
        {"field": "seconds", "planned": 3.0, "edited": 3.4},
        {"field": "hour", "planned": "day", "edited": "night"},
        {"field": "companion", "planned": None, "edited": "horse"},
    ]
    assert "beside a white horse" in shot["prompt"]
    assert "night" in shot["prompt"]
    for other in (0, 2):
        assert manifest["shots"][other]["take_sha256"] == plain["shots"][other]["take_sha256"]


def test_a_file_that_nobody_edited_makes_the_same_film(office: Office, tmp_path: Path):
    file = draw(office, tmp_path / "board")
    plain = read_manifest(produce(office, "--yes"))
    same = read_manifest(produce(office, "--yes", "--animatic", str(file)))
    assert same["film"]["sha256"] == plain["film"]["sha256"]
    assert same["notes"] == plain["notes"]


def test_at_the_plan_s_gate_an_edited_animatic_is_drawn_priced_anew_and_asked_again(office: Office, tmp_path: Path):
    begun = produce(office)
    production_id = begun["production_id"]
    lines = {line["about"]: line["text"] for line in begun["question"]["lines"]}
    file = tmp_path / "mine.yaml"
    file.write_text(Path(lines["animatic"]).read_text())
    edit(file, 1, NIGHT, ("seconds: 3\n", "seconds: 1.5\n"))
    edit(file, 2, ("seconds: 3\n", "seconds: 4.5\n"))
    asked = office.run("answer", production_id, "--gate", "plan", "--animatic", str(file), "--author", "Ada", "--json")
    assert asked.code == 3, asked.err
    given = read_json(asked.out)
    assert given["question"]["gate"] == "plan", "the person sees what became of it before saying yes"
    texts = [line["text"] for line in given["question"]["lines"]]
    assert "edited by hand: seconds 1.5 instead of 3, hour night instead of day" in texts
    assert "hour: night" in Path(lines["animatic"]).read_text()
    before, now = ([shot["seconds"] for shot in one["quote"]["shots"]] for one in (begun, given))
    assert now[0] < before[0]
    assert now[1] > before[1]
    assert now[2] == before[2]
    for gate in ("plan", "cost"):
        office.run("answer", production_id, "--gate", gate, "--approve")
    outcome = read_json(office.run("review", production_id, "--approve", "--json").out)
    manifest = read_manifest(outcome)
    assert manifest["animatic"]["edited_by_hand"] == ["S1", "S2"]
    said = manifest["approvals"][0]
    assert (said["choice"], said["author"], said["edit"]["name"]) == ("change", "Ada", "mine.yaml")
    assert office.writer.asked().count("fast_track_optimizer") + office.writer.asked().count("creative_director") == 1


def test_what_a_second_file_leaves_out_is_as_the_first_one_had_it(office: Office, tmp_path: Path):
    production_id = produce(office)["production_id"]
    file = tmp_path / "mine.yaml"
    for text in ("shots: [{id: S1, hour: night}]", "shots: [{id: S1, weather: rain}, {id: S3, camera: pan_left}]"):
        file.write_text(text)
        ran = office.run("answer", production_id, "--gate", "plan", "--animatic", str(file), "--json")
        assert ran.code == 3, ran.err
    texts = [line["text"] for line in read_json(ran.out)["question"]["lines"]]
    assert "edited by hand: hour night instead of day, weather rain instead of clear" in texts
    assert "mine.yaml leaves out S2: as planned, for a file cannot remove shots" in texts


def test_words_after_an_edit_make_another_plan_and_say_that_the_file_was_put_aside(office: Office, tmp_path: Path):
    production_id = produce(office)["production_id"]
    file = tmp_path / "mine.yaml"
    file.write_text("title: Other\nlook: {style: neon}\nshots: [{id: S1, hour: night}]")
    told = office.run("answer", production_id, "--gate", "plan", "--animatic", str(file)).out
    assert "mine.yaml has another title, which is not taken over: ask for it in words" in told
    assert "mine.yaml has another look, which is not taken over: change the shots' style and palette" in told
    told = office.run("answer", production_id, "--gate", "plan", "--change", "more sea").out
    assert "mine.yaml was put aside by the later change in words" in told
    assert "edited by hand" not in told


@pytest.mark.parametrize("change", [("S1\n", "S7\n"), ("hour: day", "hour: dai"), ("seconds: 3\n", "seconds: 5\n")])
def test_a_file_that_does_not_fit_leaves_the_production_at_its_gate(
    office: Office, tmp_path: Path, change: tuple[str, str]
):
    begun = produce(office)
    page = Path(begun["question"]["lines"][0]["text"])
    before = {path.name: path.read_bytes() for path in page.parent.iterdir()}
    file = tmp_path / "mine.yaml"
    file.write_text((page.parent / "animatic.yaml").read_text())
    edit(file, 1, change)
    ran = office.run("answer", begun["production_id"], "--gate", "plan", "--animatic", str(file))
    assert ran.code == 2
    assert "mine.yaml line " in ran.complaint
    after = read_json(office.run("status", begun["production_id"], "--json").out)
    assert after["question"] == begun["question"]
    assert after["approvals"] == []
    assert {path.name: path.read_bytes() for path in page.parent.iterdir()} == before


def test_one_answer_is_given_at_a_time(office: Office, tmp_path: Path):
    production_id = produce(office)["production_id"]
    ran = office.run("answer", production_id, "--gate", "plan", "--approve", "--animatic", str(tmp_path / "a.yaml"))
    assert ran.code == 2
    assert "give one answer: --approve, --change TEXT, --animatic FILE or --decline" in ran.complaint
