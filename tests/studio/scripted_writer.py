"""A scripted language model: it plans one shot per subject, counts what it is asked, and errs on order."""

from pathlib import Path

from aiprod_agents.language_models.port import AnswerT, LanguageModelError
from aiprod_agents.plan import Plan, PlanInput, ShotTranslation, Task, Translation, TranslationInput
from memory.records import Card, Concept, Look, Record, Scene, Shot, Storyboard
from render_engine.api import SceneSpec

PALETTE = ("#c8372d", "#e5822b", "#efc443", "#7a3b2e", "#f7e6c8")
SUBJECTS = ("dog", "cat", "bird", "horse", "car", "robot", "tree", "cup")


class ScriptedWriter:
    """Plans `num_shots` shots of equal length between two cards of a second each."""

    name = "scripted 1"

    def __init__(self, log: Path, num_shots: int = 3, fail: str = "", mood: str = "calm") -> None:
        self.log = log
        self.num_shots = num_shots
        self.fail = fail
        self.mood = mood
        self.questions: list[Record] = []

    async def ask(self, task: Task, question: Record, answer_type: type[AnswerT]) -> AnswerT:
        self.questions.append(question)
        with self.log.open("a") as file:
            file.write(f"{task}\n")
        if self.fail == task:
            raise LanguageModelError("the model is not reachable: try again.")
        if isinstance(question, PlanInput):
            return answer_type.model_validate(self.plan(question).model_dump())
        assert isinstance(question, TranslationInput)
        return answer_type.model_validate(self.translate(question).model_dump())

    def asked(self) -> list[str]:
        return self.log.read_text().split() if self.log.exists() else []

    def plan(self, question: PlanInput) -> Plan:
        brief = question.brief
        if question.max_shots and self.fail == "max_shots":
            raise LanguageModelError("the story needs all of its shots: raise the budget.")
        num_shots = min(self.num_shots, question.max_shots or self.num_shots)
        seconds = (brief.seconds - 2.0) / num_shots
        if self.fail == "seconds":
            seconds += 1.0
        covers = tuple(item.id for item in brief.requirements)
        first_frame = next((item.sha256 for item in brief.attachments if item.role == "first_frame"), None)
        logo = next((item.sha256 for item in brief.attachments if item.role == "logo"), None)
        shots = tuple(
            Shot(
                id=f"S{number}",
                scene_id=f"scene {number % 2}",
                seconds=seconds,
                description=f"a {subject} runs {question.change_request}".strip(),
                subject=subject,
                action="move_left",
                narration=f"Here comes the {subject}." if brief.wants_narration else "",
                words=subject if number == 1 else "",
                covers=covers,
                first_frame=first_frame if number == 1 else None,
            )
            for number, subject in enumerate(SUBJECTS[:num_shots], 1)
        )
        scenes = tuple(Scene(id=f"scene {number}", setting="beach", hour="dawn", weather="clear") for number in (0, 1))
        return Plan(
            concept=Concept(title=f"Film {question.change_request}".strip(), logline="They run.", mood=self.mood),
            look=Look(style="flat", palette="warm", palette_colours=PALETTE),
            storyboard=Storyboard(
                scenes=scenes,
                shots=shots,
                title_card=Card(id="S90", role="title", words=("Film",), seconds=1.0),
                end_card=Card(id="S91", role="end", words=("End",), seconds=1.0, logo=logo),
            ),
            notes=("nothing was left out",),
        )

    def translate(self, question: TranslationInput) -> Translation:
        shots = []
        for shot_id in question.scope:
            shot = question.storyboard.shot(shot_id)
            notes = question.notes.get(shot_id, ())
            words = "; ".join(notes)
            shots.append(
                ShotTranslation(
                    shot_id=shot_id,
                    scene=SceneSpec(subject=shot.subject, setting="beach"),
                    prompt=f"{shot.subject} on a beach {words}".strip(),
                    notes=("the beach stands in for a lagoon",),
                    unanswered=tuple(note for note in notes if "juggle" in note),
                )
            )
        return Translation(shots=() if self.fail == "lost" else tuple(shots))
