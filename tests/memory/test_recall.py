"""A project's look and its reviewers' notes come back, each with its source, and never another project's."""

from collections.abc import Callable

from memory import Memory
from memory.entries import Production
from memory.records import Lesson, ProductionStatus, RecalledLine, Review

Begin = Callable[..., Production]
Judge = Callable[..., Review]
MakePlan = Callable[..., tuple]


def texts(memory: Memory, project: str = "harbour", brief: str = "A new film.") -> list[str]:
    return [line.text for line in memory.recall(project, brief)]


def deliver(memory: Memory, production: Production) -> None:
    with memory.transaction() as store:
        store.productions.set_status(production.id, ProductionStatus.DELIVERED)


def save_plan(memory: Memory, production: Production, plan: tuple) -> None:
    with memory.transaction() as store:
        store.plans.save(production.id, *plan)


def test_a_new_project_has_nothing_to_say(memory: Memory, begin: Begin):
    assert memory.recall("never begun", "A film.") == ()
    begin()
    assert memory.recall("harbour", "A film.") == ()


def test_an_approved_look_comes_back_a_line_an_aspect(memory: Memory, begin: Begin, judge: Judge, plan: MakePlan):
    production = begin()
    save_plan(memory, production, plan("watercolour"))
    assert memory.recall("harbour", "A film.") == ()
    judge(production.id, "approved")
    source = f"production {production.id[:8]} look"
    assert memory.recall("harbour", "A film.") == (
        RecalledLine(kind="look", text="style: watercolour", source=source),
        RecalledLine(kind="look", text="palette: dusk blues", source=source),
        RecalledLine(kind="look", text="colours: #102030, #ff8800", source=source),
        RecalledLine(kind="look", text="lighting: low sun", source=source),
    )


def test_the_newest_look_in_force_wins(memory: Memory, begin: Begin, judge: Judge, plan: MakePlan):
    first, second, third, unplanned = begin(), begin(), begin(), begin()
    for production, style in [(first, "ink"), (second, "watercolour"), (third, "oil")]:
        save_plan(memory, production, plan(style))
    deliver(memory, first)
    deliver(memory, second)
    deliver(memory, unplanned)
    assert texts(memory)[0] == "style: watercolour"
    judge(second.id, "approved", id="r1")
    judge(second.id, "rejected", id="r2")
    assert texts(memory)[0] == "style: ink"


def test_an_empty_aspect_has_no_line(memory: Memory, begin: Begin, judge: Judge, plan: MakePlan):
    production = begin()
    concept, look, storyboard = plan("ink")
    bare = look.model_copy(update={"palette_colours": (), "lighting": ""})
    save_plan(memory, production, (concept, bare, storyboard))
    judge(production.id, "approved")
    assert texts(memory) == ["style: ink", "palette: dusk blues"]


def test_notes_come_back_newest_first_with_their_shot(memory: Memory, begin: Begin, judge: Judge):
    first, second = begin(), begin()
    judge(first.id, "needs_changes", id="0123456789", S2="Slower\n  please.", film="Less blue.")
    judge(second.id, "rejected", id="r2", S1="No people.")
    judge(second.id, "approved", id="r3", S1="Lovely.")
    assert memory.recall("harbour", "A film.") == (
        RecalledLine(kind="note", text="No people.", source=f"production {second.id[:8]} review r2 shot S1"),
        RecalledLine(kind="note", text="Slower please.", source=f"production {first.id[:8]} review 01234567 shot S2"),
        RecalledLine(kind="note", text="Less blue.", source=f"production {first.id[:8]} review 01234567 film"),
    )


def test_at_most_eight_notes_and_none_twice(memory: Memory, begin: Begin, judge: Judge):
    production = begin()
    for number in range(12):
        judge(production.id, "needs_changes", id=f"r{number}", S1=f"Note {number}.", S2="LESS blue!", S3="less blue")
    assert texts(memory) == ["Note 11.", "LESS blue!", *(f"Note {number}." for number in range(10, 4, -1))]


def test_what_the_brief_says_itself_is_not_repeated(memory: Memory, begin: Begin, judge: Judge):
    judge(begin().id, "needs_changes", S1="No people.", S2="Slower.")
    assert texts(memory, brief="A harbour with\nNO PEOPLE in it.") == ["Slower."]


def test_lessons_come_after_the_notes_and_none_repeats_a_note(memory: Memory, begin: Begin, judge: Judge):
    production = begin()
    judge(production.id, "rejected", S1="No people.", S2="Slower.")
    with memory.transaction() as store:
        store.lessons.save(production.id, Lesson(id="l1", text="No people", shot_id="S1"))
        store.lessons.save(production.id, Lesson(id="l2", text="End on the logo."))
        store.lessons.save(production.id, Lesson(id="l3", text="Warm light.", shot_id="S1"))
    begun = f"production {production.id[:8]}"
    assert memory.recall("harbour", "A film.") == (
        RecalledLine(kind="note", text="No people.", source=f"{begun} review r1 shot S1"),
        RecalledLine(kind="note", text="Slower.", source=f"{begun} review r1 shot S2"),
        RecalledLine(kind="lesson", text="Warm light.", source=f"{begun} lesson l3 shot S1"),
        RecalledLine(kind="lesson", text="End on the logo.", source=f"{begun} lesson l2"),
    )


def test_projects_are_walled_off(memory: Memory, begin: Begin, judge: Judge, plan: MakePlan):
    secret = begin("client A")
    save_plan(memory, secret, plan("ink"))
    judge(secret.id, "approved", id="r1")
    other = begin("client B")
    judge(other.id, "needs_changes", id="r2", S1="Only B's.")
    with memory.transaction() as store:
        store.lessons.save(secret.id, Lesson(id="l1", text="Only A's."))
    assert texts(memory, "client B") == ["Only B's."]
    assert "Only B's." not in texts(memory, "client A")
    assert texts(memory, "client A")[0] == "style: ink"


def test_many_lessons_do_not_crowd_out_the_notes(memory: Memory, begin: Begin, judge: Judge):
    production = begin()
    judge(production.id, "rejected", S1="No people.")
    with memory.transaction() as store:
        for number in range(20):
            store.lessons.save(production.id, Lesson(id=f"l{number}", text=f"Lesson {number}."))
    assert texts(memory) == ["No people.", "Lesson 19.", "Lesson 18.", "Lesson 17.", "Lesson 16."]


def test_what_was_let_pass_is_told_as_accepted_and_never_as_a_wish(memory: Memory, begin: Begin, judge: Judge):
    production = begin()
    judge(production.id, "needs_changes", id="r1", S1="The sky is too dark.", S2="Slower.")
    with memory.transaction() as store:
        store.lessons.save(production.id, accepted("The sky is too dark.", shot_id="S1"))
    assert texts(memory) == ["The sky is too dark.", "Slower."]  # nothing is accepted without an approval
    judge(production.id, "approved", id="r2")
    source = f"production {production.id[:8]} lesson l1 shot S1"
    assert memory.recall("harbour", "A film.")[-1] == RecalledLine(
        kind="accepted", text="The sky is too dark. (ada let it pass: night)", source=source
    )
    assert texts(memory) == ["Slower.", "The sky is too dark. (ada let it pass: night)"]
    judge(production.id, "rejected", id="r3", film="Too blue.")
    assert texts(memory) == ["Too blue.", "The sky is too dark.", "Slower."]


def test_what_one_production_let_pass_is_still_a_wish_of_another(memory: Memory, begin: Begin, judge: Judge):
    first, second = begin(), begin()
    judge(second.id, "rejected", id="r1", film="The sky is too dark.")
    with memory.transaction() as store:
        store.lessons.save(first.id, accepted("The sky is too dark."))
    judge(first.id, "approved", id="r2")
    kinds = [line.kind for line in memory.recall("harbour", "A film.")]
    assert kinds == ["note", "accepted"]


def accepted(text: str, shot_id: str | None = None) -> Lesson:
    return Lesson(id="l1", kind="accepted", text=text, why="ada let it pass: night", shot_id=shot_id)
