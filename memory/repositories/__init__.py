"""Repositories: rows in, records out; they share one transaction and never commit it."""

from memory.repositories.films import CutRepository, DeliverableRepository, PlanRepository, TakeRepository
from memory.repositories.judgements import FindingRepository, LessonRepository, ReviewRepository
from memory.repositories.money import (
    CalibrationRepository,
    CostRepository,
    QuoteRepository,
    ReceiptRepository,
    ReservationRepository,
)
from memory.repositories.productions import BriefRepository, ProductionRepository
from memory.repositories.projects import ProjectRepository
from memory.repositories.repository import Desk


class Repositories:
    """Everything that one transaction can read and write."""

    def __init__(self, desk: Desk) -> None:
        self.projects = ProjectRepository(desk)
        self.productions = ProductionRepository(desk)
        self.briefs = BriefRepository(desk)
        self.plans = PlanRepository(desk)
        self.takes = TakeRepository(desk)
        self.cuts = CutRepository(desk)
        self.deliverables = DeliverableRepository(desk)
        self.findings = FindingRepository(desk)
        self.reviews = ReviewRepository(desk)
        self.lessons = LessonRepository(desk)
        self.quotes = QuoteRepository(desk)
        self.reservations = ReservationRepository(desk)
        self.costs = CostRepository(desk)
        self.receipts = ReceiptRepository(desk)
        self.calibrations = CalibrationRepository(desk)


__all__ = ["Desk", "Repositories"]
