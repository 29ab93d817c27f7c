"""What customers read about an initiative, in their languages."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from team.models import User
from voc.formulas.definitions import LANGUAGES
from voc.models import Initiative, InitiativeText
from voc.services.initiatives.settling import did_texts, rewrite_drafts
from voc.services.initiatives.writing import require_editor
from voc.services.insights import NotAllowedNow


@transaction.atomic
def save_texts(*, actor: User, initiative: Initiative, texts: Mapping[str, tuple[str, str]], is_public: bool) -> bool:
    """Keep `{language: (what they told us, what we did)}`; an empty pair takes the language away. True when that
    changed anything. Drafts that nobody edited follow the words.

    Raises NotAllowedNow for half a pair, or a public one without any words.
    """
    require_editor(actor, initiative)
    held = (
        Initiative.objects.select_for_update(of=("self",)).select_related("owner", "department").get(pk=initiative.pk)
    )
    wanted = {code: (told.strip(), did.strip()) for code, (told, did) in texts.items() if code in LANGUAGES}
    if any(bool(told) != bool(did) for told, did in wanted.values()):
        raise NotAllowedNow(_("Each language needs both: what they told us, and what we did."))
    filled = {code: pair for code, pair in wanted.items() if all(pair)}
    if is_public and not filled:
        raise NotAllowedNow(_("Write what customers shall read first."))
    before = {text.language: (text.told, text.did) for text in held.texts.all()}
    drafts_before = did_texts(held)
    if before == filled and held.is_public == is_public:
        return False
    held.texts.exclude(language__in=filled).delete()
    InitiativeText.objects.bulk_create(
        [InitiativeText(initiative=held, language=code, told=told, did=did) for code, (told, did) in filled.items()],
        update_conflicts=True,
        unique_fields=["initiative", "language"],
        update_fields=["told", "did"],
    )
    Initiative.objects.filter(pk=held.pk).update(is_public=is_public, version=F("version") + 1)
    rewrite_drafts(initiative=held, before=drafts_before)
    return True
