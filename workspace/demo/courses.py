"""Courses that people of the demo's customers completed; they come from the course system, not from a person here."""

import datetime as dt
import random

from workspace.demo.facts import FactSheets, at_hour
from workspace.demo.shape import Shape

COURSES = (
    "Planning basics",
    "Forecasts that hold",
    "Approvals in practice",
    "Reports for steering groups",
    "Administrators' course",
)
LEARNERS = {"user", "champion", "influencer"}
ENROLLED = 0.7  # of the accounts; in the others nobody has learnt anything yet
UNTAUGHT = {"hollow-praise", "bungled-handover"}


def write_courses(sheets: FactSheets, rng: random.Random, shape: Shape) -> None:
    """Where the product is used, more people finish a course; executives seldom do."""
    age = (sheets.today - shape.signed_on).days
    if rng.random() > ENROLLED or shape.story in UNTAUGHT or age < 20:
        shape.planted.add("education_gap")
        return
    is_taught = False
    for contact_id, persona in zip(shape.contact_ids, shape.personas, strict=True):
        likely = 0.1 + 0.65 * shape.adoption if persona in LEARNERS else 0.06
        if rng.random() > likely and (is_taught or persona not in LEARNERS):
            continue
        is_taught = True
        course = rng.choice(COURSES)
        done_at = at_hour(rng, sheets.today - dt.timedelta(days=rng.randint(2, min(340, age - 5))))
        touch = sheets.touchpoint.add(
            account_id=shape.account_id,
            kind="course",
            direction="in",
            valence="neutral",
            subject=course,
            details={"course": course},
            occurred_at=done_at,
            created_at=done_at,
            is_automated=True,
            source="courses",
        )
        sheets.seat.add(touchpoint_id=touch, contact_id=contact_id)
