"""Reading briefs by rules: lengths, shapes, words, requirements, shot lists, pictures, and every bad input."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiprod_agents.brief_reading import BriefError, decode_brief, read_brief
from memory.records import Attachment


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("A red boat, 12 seconds.", 12),
        ("A half-minute spot about a dog.", 30),
        ("Un chien, douze secondes.", 12),
        ("30s. A dog runs.", 30),
        ("A portrait of a keeper, 1:30.", 90),
        ("A film of two minutes about a tree.", 120),
        ("A dog film, one minute and thirty seconds long.", 90),
        ("A dog film of two and a half minutes.", 150),
        ("Une minute et demie sur un chien qui court.", 90),
        ("Un film d'une demi-minute sur un chat.", 30),
        ("A quarter of a minute with a cat.", 15),
        ("Vingt-cinq secondes avec un chat.", 25),
        ("A twenty-five second clip of a cat.", 25),
        ("10 to 12 seconds of rain on a tree.", 12),
        ("A dog runs. Hold 3 seconds on the ball. 20 seconds in all.", 20),
        ("We open at 5:30. A train arrives. 14 seconds.", 14),
        ("A dog runs for 2.5 minutes.", 150),
        ("One minute: a tree.", 60),
    ],
)
def test_a_length_is_read_off_words(text: str, seconds: float):
    assert read_brief(text).brief.seconds == seconds


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("16:9, a dog.", "16:9"),
        ("A vertical film of a dog.", "9:16"),
        ("A dog, for stories.", "9:16"),
        ("Un chien, pour stories.", "9:16"),
        ("A dog. Portrait format.", "9:16"),
        ("A square product spot for a cup.", "1:1"),
        ("Un film au format carré sur un chien.", "1:1"),
        ("Dix secondes en carré. Un phare.", "1:1"),
        ("A dog, 1:1.", "1:1"),
        ("A dog in the town square.", "16:9"),
        ("A portrait of a dog.", "16:9"),
        ("A widescreen film of a dog.", "16:9"),
        ("9x16: a dog on the beach.", "9:16"),
    ],
)
def test_a_shape_is_read_off_words(text: str, aspect: str):
    assert read_brief(text).brief.aspect == aspect


def test_no_length_is_twelve_seconds_and_said():
    read = read_brief("A dog runs on the beach.")
    assert read.brief.seconds == 12
    assert "12 seconds are assumed" in " ".join(read.notes)


def test_words_title_musts_and_nevers_are_numbered_in_the_briefs_own_words():
    brief = read_brief(
        'A 12 second film titled "First Light". A red boat leaves the harbour. The boat must stay red. No people. '
        'Over the second shot the words "Go on." It ends on the words "Come home". Warm colours.'
    ).brief
    assert brief.title == "First Light"
    assert brief.words_on_screen == ("Go on.", "Come home")
    assert [requirement.id for requirement in brief.requirements] == [
        f"R{n + 1}" for n in range(len(brief.requirements))
    ]
    kinds = {(requirement.kind, requirement.text) for requirement in brief.requirements}
    assert ("must", "The boat must stay red.") in kinds
    assert ("never", "No people") in kinds
    assert ("palette", "Warm colours.") in kinds


def test_what_a_voice_says_is_not_shown():
    assert read_brief('A dog runs. The narrator says "Good dog".').brief.words_on_screen == ()


@pytest.mark.parametrize(
    ("text", "narration", "music"),
    [
        ("A silent film of a dog.", False, False),
        ("A dog runs. No music.", True, False),
        ("Un chien court, sans musique.", True, False),
        ("A dog runs without narration.", False, True),
        ("A dog runs.", True, True),
        ("No music or voice-over: a dog runs.", False, False),
        ("Un chat dort. Pas de voix.", False, True),
    ],
)
def test_unwanted_sound_is_heard(text: str, narration: bool, music: bool):  # noqa: FBT001 - a table
    brief = read_brief(text).brief
    assert (brief.wants_narration, brief.wants_music) == (narration, music)
    assert not [one for one in brief.requirements if one.kind == "never"] or "No music or" in text


def test_a_tales_own_never_forbids_nothing():
    brief = read_brief("A robot that never sleeps walks without a doubt through the city, no longer alone.").brief
    assert not [one for one in brief.requirements if one.kind == "never"]


def test_french_is_told_and_read():
    brief = read_brief("Un voilier quitte le port. Jamais de gens. Se termine sur « À demain ».").brief
    assert brief.language == "fr"
    assert brief.words_on_screen == ("À demain",)
    assert [one.text for one in brief.requirements if one.kind == "never"] == ["Jamais de gens"]


def test_a_markdown_brief_with_sections_and_shots():
    brief = read_brief(
        "# The Dog\n\nA dog on the beach.\n\n## Shots\n1. A dog runs (3 s)\n2. Wide, the sea, 4 seconds\n"
        "- a last look\n\n"
        "## Must\n- show the sea\n\n## Never\n- people\n\n## Palette\n- warm\n\n## Duration\n12 seconds\n",
        name="dog.md",
    ).brief
    assert brief.title == "The Dog"
    assert [(shot.text, shot.seconds) for shot in brief.shots] == [
        ("A dog runs", 3.0),
        ("Wide, the sea", 4.0),
        ("a last look", None),
    ]
    kinds = {(one.kind, one.text) for one in brief.requirements}
    assert ("must", "Must: show the sea") in kinds
    assert ("never", "Never people") in kinds


def test_a_generic_heading_is_no_title():
    assert read_brief("# Film brief\n\nA dog runs on the beach.").brief.title is None


def test_numbered_lines_are_a_shot_list_without_a_heading():
    read = read_brief("Plan 1 : un chien court (3 s)\nPlan 2 : le chat regarde la mer (4 s)")
    assert [shot.seconds for shot in read.brief.shots] == [3, 4]
    assert read.brief.seconds == 7


def test_front_matter_speaks_before_the_prose():
    brief = read_brief("---\nseconds: 20\naspect: 9:16\ntitle: Dog\nmusic: false\n---\nA dog runs.").brief
    assert (brief.seconds, brief.aspect, brief.title, brief.wants_music) == (20, "9:16", "Dog", False)


def test_a_json_brief_and_bare_strings():
    read = read_brief(
        '{"brief": "A dog runs.", "seconds": 9, "never": "cats", "shots": ["run", {"text": "stop", "seconds": 2}]}'
    )
    assert read.brief.seconds == 9
    assert [shot.text for shot in read.brief.shots] == ["run", "stop"]


def test_a_yaml_string_is_prose():
    assert read_brief('"A dog runs on the beach."', name="dog.yaml").brief.text == "A dog runs on the beach."


def test_pictures_are_found_by_markdown_field_and_name(tmp_path: Path):
    for name in ("logo.png", "open.jpg", "style.png"):
        (tmp_path / name).write_bytes(b"x")
    text = "A dog runs.\n\n![our logo](logo.png)\n\nThe film opens on open.jpg and looks like style.png."
    read = read_brief(text, base=tmp_path)
    assert {(picture.role, picture.name) for picture in read.pictures} == {
        ("logo", "logo.png"),
        ("first_frame", "open.jpg"),
        ("reference", "style.png"),
    }
    stored = Attachment(role="logo", name="logo.png", sha256="0" * 64)
    assert read.with_attachments([stored]).attachments == (stored,)
    fielded = read_brief(
        "brief: A dog.\npictures: [style.png, {path: logo.png, role: logo}]", name="b.yaml", base=tmp_path
    )
    assert [picture.role for picture in fielded.pictures] == ["reference", "logo"]


def test_a_line_of_a_shot_list_may_be_nothing_but_a_picture(tmp_path: Path):
    for name in ("harbour_dawn.png", "logo.png", "style.png"):
        (tmp_path / name).write_bytes(b"x")
    text = "Shots:\n- ![](harbour_dawn.png)\n- A boat leaves ![the style](style.png)\n- ![our logo](logo.png)\n"
    read = read_brief(text, base=tmp_path)
    assert [(shot.text, shot.first_frame) for shot in read.brief.shots] == [
        ("harbour dawn", "harbour_dawn.png"),
        ("A boat leaves", None),
    ]
    assert [(picture.role, picture.name) for picture in read.pictures] == [
        ("first_frame", "harbour_dawn.png"),
        ("reference", "style.png"),
        ("logo", "logo.png"),
    ]


BAD = {
    "empty": ("  \n ", "is empty"),
    "binary": ("A dog \x00\x01", "is not text"),
    "too long": ("a dog runs " * 20_000, "more than 100,000"),
    "zero": ("A dog, 0 seconds.", "more than 0 seconds"),
    "negative": ("A dog, -5 seconds.", "more than 0 seconds"),
    "tiny": ("A dog, 0.2 seconds.", "shortest film is 1 second"),
    "hours": ("10 hours of a dog.", "longest film is 10 minutes"),
    "two lengths": ("A dog. 12 seconds. Make it a 30 second film.", "'12 seconds' and '30 second'"),
    "aspect": ("A dog in 4:3.", "16:9, 9:16"),
    "odd aspect": ("A dog, aspect 7:1.", "16:9, 9:16"),
    "two aspects": ("A dog, 16:9, vertical.", "two shapes"),
    "german": ("Der Hund ist mit der Katze nicht auf dem Weg zu den Bergen.", "German"),
    "spanish": ("El perro corre por la playa con los niños y las olas del mar, pero sin parar.", "Spanish"),
    "russian": ("Красная лодка уходит в море.", "Cyrillic"),
    "japanese": ("赤い船が港を出る", "English or French"),
    "missing picture": ("A dog. ![logo](nowhere.png)", "missing"),
    "climbing picture": ("A dog. ![logo](../secret.png)", "outside"),
    "absolute picture": ("A dog. ![logo](/etc/passwd.png)", "outside"),
    "web picture": ("A dog. ![logo](https://example.org/a.png)", "save it beside"),
    "no picture": ("A dog. ![logo](notes.txt)", "no picture or clip"),
    "unknown field": ("---\nlength: 12\n---\nA dog.", "unknown field `length`"),
    "unknown nested field": ('{"brief": "A dog", "shots": [{"text": "x", "secs": 1}]}', "shots.0.secs"),
    "bad field": ('{"brief": "A dog", "narration": "loud"}', "`narration`"),
    "bad json": ('{"brief": ', "not valid JSON"),
    "bad front matter": ("---\na: [1\n---\nA dog.", "not valid YAML"),
    "list": ("---\n- a\n---\nA dog.", "mapping of fields"),
    "nothing to show": ('{"seconds": 12}', "says nothing to show"),
    "only front matter": ("---\nseconds: 12\n---\n", "names nothing to show"),
    "bad seconds field": ('{"brief": "A dog", "seconds": "soon"}', "give a number"),
    "bad language field": ('{"brief": "A dog", "language": "de"}', "use en or fr"),
    "shot of no length": ('{"brief": "A dog", "shots": [{"text": "run", "seconds": 0}]}', "the shot 'run' lasts 0"),
    "shots too long": ("A dog. 5 seconds.\n\nShots:\n1. run (4 s)\n2. stop (4 s)", "add up to 8"),
    "shots too short": ("A dog. 60 seconds.\n\nShots:\n1. run (4 s)\n2. stop (4 s)", "add up to 8"),
    "hidden escape": ('{"brief": "A dog", "title": "t\\u001b]0;pwn"}', "`title` holds control characters"),
    "half a character": ('{"brief": "A dog \\ud800"}', "`brief` holds control characters"),
    "turned words": ('{"brief": "A dog", "words_on_screen": "a\\u202eb"}', "`words_on_screen` holds control"),
    "nul in a path": ('{"brief": "A dog", "pictures": ["a\\u0000.png"]}', "`pictures` holds control characters"),
    "endless number": ('{"brief": "A dog", "seconds": ' + "9" * 5000 + "}", "not valid JSON"),
    "listed shot of no length": ("A dog. 4 seconds.\n\nShots:\n1. run (0 s)\n2. stop (4 s)", "'run (0 s)' lasts 0"),
    "listed shot of less": ("A dog. 4 seconds.\n\nShots:\n1. run (-4 s)\n2. stop (4 s)", "at least 0.5"),
    "shot of a blink": ('{"brief": "A dog", "shots": [{"text": "run", "seconds": 0.01}]}', "at least 0.5"),
    "shots without end": ("Shots:\n" + "".join(f"{n}. run\n" for n in range(1, 99)) * 3, "longest film is 10 minutes"),
    "unreadable length": ("A dog runs.\n\nDuration: five parsecs", "'five parsecs' cannot be read"),
    "too many shots": ("A dog. 2 seconds.\n\nShots:\n1. run\n2. stop\n3. sit\n4. go", "too few for its 4 shots"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_line_that_says_what_to_do(name: str, tmp_path: Path):
    text, part = BAD[name]
    with pytest.raises(BriefError) as caught:
        read_brief(text, base=tmp_path)
    message = str(caught.value)
    assert part in message
    assert "\n" not in message


def test_a_picture_that_links_in_a_circle_is_refused(tmp_path: Path):
    (tmp_path / "a.png").symlink_to("a.png")
    with pytest.raises(BriefError, match=r"cannot be opened|missing"):
        read_brief("A dog. ![logo](a.png)", base=tmp_path)


def test_a_list_without_lengths_is_given_three_seconds_a_shot_and_never_less_than_twelve():
    few = read_brief("Shots:\n1. a dog runs\n2. it sleeps")
    many = read_brief("Shots:\n" + "\n".join(f"{number}. a dog runs" for number in range(1, 9)))
    assert (few.brief.seconds, many.brief.seconds) == (12, 24)
    assert "the brief gives no length: 24 seconds are assumed" in many.notes


def test_a_picture_without_a_folder_is_refused():
    with pytest.raises(BriefError, match="has no folder"):
        read_brief("A dog. ![logo](logo.png)")


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path):
    (tmp_path / "secret.png").write_bytes(b"x")
    (tmp_path / "briefs").mkdir()
    (tmp_path / "briefs" / "logo.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(BriefError, match="outside"):
        read_brief("A dog. ![logo](logo.png)", base=tmp_path / "briefs")


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(BriefError, match="not text"):
        decode_brief(b"\xff\xd8\xff\xe0")
    with pytest.raises(BriefError, match="more than"):
        decode_brief(b"a" * 200_000)
    assert decode_brief("\ufeffÀ demain".encode()) == "À demain"


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_in_one_line(text: str):
    message, seconds = "read", 12.0
    try:
        seconds = read_brief(text).brief.seconds
    except BriefError as error:
        message = str(error)
    assert len(message.splitlines()) == 1
    assert 1 <= seconds <= 600


@given(st.integers(1, 600))
def test_every_whole_second_up_to_ten_minutes_is_read_back(seconds: int):
    assert read_brief(f"A dog runs on the beach. {seconds} seconds.").brief.seconds == seconds
