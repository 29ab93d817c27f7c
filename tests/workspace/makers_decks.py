"""An account with something on every slide of its review, shared and not shared."""

import datetime as dt
import io
import re
import zipfile
from xml.etree import ElementTree as ET

import pypdfium2

from accounts.models import Account
from engagement.models import Feature, UsageDay, UserDay
from engagement.services.rollups import rebuild_rollups
from lifecycle.models import Promise
from team.clock import now, today
from team.models import User
from tests.lifecycle.makers_goals import make_goal, make_promise
from tests.makers import make_account, make_contact, make_task
from tests.voc.makers import make_feedback, make_insight, make_nps
from voc.models import Insight, Response

CUSTOMER = "Østergård & 株式会社さくら"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"


def make_reviewed_account(csm: User, name: str = CUSTOMER) -> Account:
    """Goals 1 shared and 1 not; 84 days of usage; answers 10, 9, 7 and 3; promises, insights, tasks, people."""
    account = make_account(csm=csm, name=name)
    contact = make_contact(account, name="王小明", title="Driftschef", persona="detractor")
    make_goal(account, title="Færre sene planer", is_shared=True, metric="Late plans", unit="plans")
    make_goal(account, title="Secret upsell to Enterprise", is_shared=False, closing_note="internal proof")
    make_promise(account, words="Rapporten er klar i maj", is_shared=True, state=Promise.State.KEPT)
    make_promise(account, words="Secret discount", is_shared=False)
    make_task(owner=csm, account=account, title="Workshop med driften", is_shared=True, due_on=today())
    make_task(owner=csm, account=account, title="Secret call to the board")
    features = [Feature.objects.create(name=f"feature{number}", label=f"Feature {number}") for number in range(3)]
    days = [today() - dt.timedelta(days=age) for age in range(84)]
    UsageDay.objects.bulk_create(
        UsageDay(account=account, feature=feature, day=day, events=(day.day * 7 + number * 3) % 23, errors=5)
        for day in days
        for number, feature in enumerate(features, start=1)
    )
    UserDay.objects.bulk_create(
        UserDay(account=account, user_key=f"u{number}", day=days[3], events=1) for number in range(37)
    )
    rebuild_rollups(account_ids=[account.pk])
    version = make_nps(csm)
    for score in (10, 9, 7, 3):
        Response.objects.create(
            version=version,
            account=account,
            contact=make_contact(account),
            state=Response.State.CONFIRMED,
            score=score,
            submitted_at=now(),
        )
    make_feedback(account, "排班快了一半。", contact=contact)
    make_feedback(account, "Secret note after the call", source="call", contact=contact)
    make_insight(
        account,
        contact=contact,
        text="Eksporten taber filtrene",
        title="Secret title",
        state=Insight.State.VERIFIED,
        action="The export keeps its filters.",
        acted_at=now(),
    )
    return account


def pdf_text(content: bytes) -> str:
    """All words of all pages, spaces made plain."""
    pages = pypdfium2.PdfDocument(content)
    text = " ".join(page.get_textpage().get_text_range() for page in pages)
    pages.close()
    return re.sub(r"\s+", " ", text)


def pptx_parts(content: bytes, folder: str) -> dict[str, str]:
    """The XML parts below a folder of the file, by name."""
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return {name: packed.read(name).decode() for name in packed.namelist() if re.match(rf"{folder}/\w+\.xml", name)}


def pptx_text(content: bytes) -> str:
    """All words on all slides and in their charts."""
    parts = [*pptx_parts(content, "ppt/slides").values(), *pptx_parts(content, "ppt/charts").values()]
    return " ".join(" ".join(ET.fromstring(xml).itertext()) for xml in parts)  # noqa: S314 our own file


def chart_values(content: bytes) -> dict[str, list[float]]:
    """The values of each native chart's first series, by kind and first name of a category or "line"."""
    found: dict[str, list[float]] = {}
    for xml in pptx_parts(content, "ppt/charts").values():
        root = ET.fromstring(xml)  # noqa: S314 our own file
        series = next(root.iter(f"{CHART}ser"))
        values = series.find(f"{CHART}val")
        names = series.find(f"{CHART}cat")
        assert values is not None
        assert names is not None
        first = next(names.iter(f"{CHART}v")).text or ""
        key = "line" if root.find(f".//{CHART}lineChart") is not None else first
        found[key] = [float(one.text or 0) for one in values.iter(f"{CHART}v")]
    return found
