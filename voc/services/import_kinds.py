"""Answers and feedback from other systems."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import ImportRow
from accounts.services.imports.records import Draft, RecordKind, filled, pk_of, row_hash
from accounts.services.imports.references import (
    account_field,
    find_accounts_by_domain,
    find_accounts_by_mail,
    find_contacts,
    resolve_accounts,
)
from accounts.services.imports.registry import Context, Field, Row
from accounts.services.summaries import set_summary
from team.models import User
from voc.formulas.duplicates import fingerprint
from voc.formulas.ratings import OWN
from voc.models import Answer, Feedback, Response, Survey, SurveyVersion
from voc.services.defaults import ensure_default_survey
from voc.services.feedback import score_fields

_SCALES = {Survey.Kind.NPS: (0, 10), Survey.Kind.CSAT: (1, 5), Survey.Kind.CES: (1, 7)}
_STARS = (1, 5)
_PUBLIC = {Feedback.Source.REVIEW, Feedback.Source.SOCIAL, Feedback.Source.COMMUNITY}
_HEADLINES = {"nps", "csat", "ces", "rating"}
_ACCOUNT = account_field(help=_lazy("Without it the contact's mail address tells."))
_CONTACT = Field(
    "contact", _lazy("Contact (mail or id)"), max_length=254, aliases=("contact_email", "email", "respondent")
)


class VoiceKind(RecordKind):
    """What answers and feedback have in common: an account or a mail address, and what was said."""

    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (("account", "contact"),)

    def key_of(self, row: Row) -> str:
        return str(row.get("external_id") or row_hash(row))

    def place(self, drafts: Sequence[Draft], context: Context) -> None:
        """Account and contact of each draft: by the account's name, else by who wrote."""
        resolve_accounts(drafts, context)
        homeless = [draft for draft in drafts if not draft.row.get("account")]
        writers = {str(draft.row.get("contact") or "").lower() for draft in homeless}
        known = find_accounts_by_mail(writers)
        domains = find_accounts_by_domain(writers)
        for draft in homeless:
            who = str(draft.row.get("contact") or "").lower()
            draft.account_id = known.get(who) or domains.get(who.rpartition("@")[2])
            if draft.account_id is None:
                draft.error = _("No account is named, and nobody here has the address %(mail)r.") % {"mail": who}
        people = find_contacts(drafts, (draft.row.get("contact") or "" for draft in drafts), source=context.source)
        for draft in drafts:
            who = str(draft.row.get("contact") or "").lower()
            draft.columns["contact_id"] = people.get((draft.account_id or 0, who))
            if who and draft.columns["contact_id"] is None and not draft.error:
                draft.flags.append(_("No contact %(name)s at this account.") % {"name": who})
            draft.key = self.key_of(draft.row)


class ResponsesKind(VoiceKind):
    """An answer to a survey that was asked elsewhere; it counts as confirmed."""

    name = "responses"
    label = _lazy("Survey answers")
    description = _lazy("Scores and comments of surveys that were asked elsewhere: NPS, CSAT, CES.")
    model = Response
    owned = frozenset({"answers", "feedback"})
    declared = (
        Field("external_id", _lazy("Id in the source"), max_length=120, aliases=("response_id", "id", "answer_id")),
        _ACCOUNT,
        _CONTACT,
        Field(
            "survey",
            _lazy("Survey (name)"),
            max_length=120,
            aliases=("survey_name",),
            help=_lazy("A survey that exists here; without it the NPS survey."),
        ),
        Field(
            "score",
            _lazy("Score"),
            "integer",
            is_required=True,
            minimum=0,
            maximum=10,
            aliases=("nps", "rating", "nps_score"),
        ),
        Field("comment", _lazy("Comment"), aliases=("feedback", "text", "reason", "verbatim")),
        Field(
            "submitted_at",
            _lazy("Answered"),
            "moment",
            is_required=True,
            aliases=("date", "responded_at", "answered_at", "created_at", "response_date"),
        ),
        Field("language", _lazy("Language"), max_length=10, aliases=("locale", "lang")),
    )

    def resolve(self, drafts: Sequence[Draft], context: Context) -> None:
        self.place(drafts, context)
        versions = _Versions(context)
        for draft in drafts:
            row = draft.row
            survey = versions.find(row.get("survey") or "")
            if isinstance(survey, str):
                draft.error = draft.error or survey
                continue
            low, high = _SCALES.get(Survey.Kind(versions.kind_of(survey)), (0, 10))
            if not low <= row.values["score"] <= high:
                draft.error = draft.error or _("The score %(score)d is not between %(low)d and %(high)d.") % {
                    "score": row.values["score"],
                    "low": low,
                    "high": high,
                }
            draft.columns |= {
                "version_id": survey.pk if survey else None,
                "score": row.values["score"],
                "submitted_at": row.values["submitted_at"],
                "state": Response.State.CONFIRMED,
                **filled(Response, row, ("language",)),
            }

    def find(self, drafts: Sequence[Draft], context: Context) -> dict[str, Any]:
        """With the comment that each answer has so far."""
        found = super().find(drafts, context)
        rows = Feedback.objects.filter(response__in=found.values()).values_list("response_id", "text")
        texts = dict(rows)
        for one in found.values():
            one.comment_so_far = texts.get(one.pk, "")
        return found

    def compare(self, draft: Draft) -> bool:
        """A new comment is a change, too."""
        is_changed = super().compare(draft)
        old, new = draft.instance.comment_so_far, draft.row.get("comment") or ""
        if "comment" not in draft.row.values or old == new:
            return is_changed
        draft.before, draft.after = {**(draft.before or {}), "comment": old}, {**(draft.after or {}), "comment": new}
        return True

    def undo_changed(self, rows: Sequence[ImportRow]) -> None:
        """Score and comment stand in the answers and in the feedback, too."""
        for row in rows:
            before, answers = row.before or {}, Answer.objects.filter(response=pk_of(row))
            if "score" in before:
                answers.filter(number__isnull=False).update(number=before["score"])
            if "comment" not in before:
                continue
            words, voice = answers.filter(number__isnull=True), Feedback.objects.filter(response=pk_of(row))
            if before["comment"]:
                words.update(text=before["comment"])
                voice.update(text=before["comment"], understood_at=None)
            else:
                words.delete()
                voice.delete()

    def created(self, drafts: Sequence[Draft], context: Context) -> None:
        self._write_answers(drafts)

    def updated(self, drafts: Sequence[Draft], context: Context) -> None:
        self._write_answers(drafts)

    def _write_answers(self, drafts: Sequence[Draft]) -> None:
        """The answers to the headline question and the comment, and the comment as feedback to be understood later."""
        definitions = dict(
            SurveyVersion.objects.filter(pk__in={draft.instance.version_id for draft in drafts}).values_list(
                "pk", "definition"
            )
        )
        kinds = dict(SurveyVersion.objects.filter(pk__in=definitions).values_list("pk", "survey__kind"))
        answers, voices = [], []
        for draft in drafts:
            one, words = draft.instance, draft.row.get("comment") or ""
            headline, open_question = _questions(definitions[one.version_id])
            answers.append(Answer(response=one, question_id=headline, number=Decimal(one.score)))
            if words:
                answers.append(Answer(response=one, question_id=open_question, text=words))
                voices.append(_voice_of(one, words, Survey.Kind(kinds[one.version_id])))
        Answer.objects.bulk_create(
            answers, update_conflicts=True, update_fields=["number", "text"], unique_fields=["response", "question_id"]
        )
        Feedback.objects.bulk_create(
            voices,
            update_conflicts=True,
            update_fields=["text", "fingerprint", "score", "score_given", "understood_at", "received_at"],
            unique_fields=["response"],
        )

    def finish(self, account_ids: Sequence[int], *, context: Context) -> list[str]:
        """The last NPS answer of each account goes to its summary."""
        rows = Response.objects.counted().filter(version__survey__kind=Survey.Kind.NPS, account__in=account_ids)
        latest: dict[int, int] = {}
        for account_id, score in rows.order_by(F("submitted_at").asc()).values_list("account_id", "score"):
            if account_id is not None and score is not None:
                latest[account_id] = score
        set_summary(account_ids_and_columns={account_id: {"nps": score} for account_id, score in latest.items()})
        return []


class FeedbackKind(VoiceKind):
    """Words of a customer from anywhere; language, mood and themes are found afterwards."""

    name = "feedback"
    label = _lazy("Feedback")
    description = _lazy("What customers said: reviews, mails, call notes, posts. Mood and themes are found afterwards.")
    model = Feedback
    one_of: ClassVar[tuple[tuple[str, ...], ...]] = (("account", "contact", "author", "url"),)
    owned = frozenset({"tags"})
    declared = (
        Field("external_id", _lazy("Id in the source"), max_length=120, aliases=("feedback_id", "id", "review_id")),
        _ACCOUNT,
        _CONTACT,
        Field(
            "text",
            _lazy("What was said"),
            is_required=True,
            aliases=("comment", "feedback", "body", "review", "message"),
        ),
        Field(
            "received_at",
            _lazy("When"),
            "moment",
            is_required=True,
            aliases=("date", "posted_at", "published_at", "created_at", "submitted_at", "timestamp"),
        ),
        Field(
            "author",
            _lazy("Who said it (name)"),
            max_length=160,
            aliases=("author_name", "reviewer", "user_name", "posted_by"),
            help=_lazy("Where no contact is known: the name that stands beside a review or a post."),
        ),
        Field("url", _lazy("Where it stands"), max_length=500, aliases=("link", "permalink", "review_url")),
        Field(
            "source",
            _lazy("Channel"),
            "choice",
            choices=tuple(Feedback.Source.choices),
            words=(
                ("email", "mail"),
                ("phone", "call"),
                ("twitter", "social"),
                ("g2", "review"),
                ("forum", "community"),
            ),
            aliases=("channel", "type"),
        ),
        Field("score", _lazy("Score (0 to 10)"), "integer", minimum=0, maximum=10, aliases=("nps",)),
        Field("rating", _lazy("Rating (1 to 5)"), "integer", minimum=1, maximum=5, aliases=("stars", "star_rating")),
        Field("language", _lazy("Language"), max_length=10, aliases=("locale", "lang")),
    )

    def place(self, drafts: Sequence[Draft], context: Context) -> None:
        """What was said in public may belong to nobody known: it waits until somebody gives it to an account."""
        super().place(drafts, context)
        for draft in drafts:
            row = draft.row
            is_public = (row.get("source") or "") in _PUBLIC
            if draft.account_id is None and is_public and not row.get("account"):
                draft.error = ""
                draft.flags.append(_("No account is known: managers and marketing see it."))

    def resolve(self, drafts: Sequence[Draft], context: Context) -> None:
        self.place(drafts, context)
        for draft in drafts:
            row = draft.row
            draft.columns |= {
                "text": row.values["text"],
                "received_at": row.values["received_at"],
                "fingerprint": fingerprint(row.values["text"]),
                "source": row.get("source") or Feedback.Source.IMPORT,
                **filled(Feedback, row, ("author", "url")),
                **_score_of(row),
            }
            if row.get("url") and not str(row.values["url"]).startswith(("https://", "http://")):
                draft.error = draft.error or _("The address does not begin with http:// or https://.")
            # What was found in the words later must not read as a change of the file.
            if row.get("language"):
                draft.columns["language"] = row.values["language"]

    def find(self, drafts: Sequence[Draft], context: Context) -> dict[str, Any]:
        rows = self.rows().filter(source_system=context.source, external_id__in=[draft.key for draft in drafts])
        return {row.external_id: row for row in self.locked(rows, context)}

    def new(self, draft: Draft, context: Context) -> Feedback:
        return Feedback(
            account_id=draft.account_id, source_system=context.source, external_id=draft.key, **draft.columns
        )

    def updated(self, drafts: Sequence[Draft], context: Context) -> None:
        """New words are read again."""
        reworded = [draft.instance.pk for draft in drafts if "text" in (draft.after or {})]
        Feedback.objects.filter(pk__in=reworded).update(understood_at=None)


def _score_of(row: Row) -> dict[str, Any]:
    """The columns of the score, where the row has one; stars are moved to the scale of 0 to 10."""
    if row.get("score") is not None:
        return score_fields(row.values["score"])
    if row.get("rating") is not None:
        return score_fields(row.values["rating"], _STARS)
    return {}


class _Versions:
    """Survey versions by name; the kinds of surveys beside them. Kept for the run."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.memo: dict[str, SurveyVersion | str | None] = context.memo.setdefault("versions", {})

    def find(self, name: str) -> SurveyVersion | str | None:
        """The newest version, a sentence when there is none, or None for the starter survey of a dry run."""
        key = name.casefold()
        if key not in self.memo:
            self.memo[key] = self._look_up(name)
        return self.memo[key]

    def kind_of(self, version: SurveyVersion | None) -> str:
        return version.survey.kind if version else Survey.Kind.NPS

    def _look_up(self, name: str) -> SurveyVersion | str | None:
        versions = SurveyVersion.objects.select_related("survey").filter(survey__deleted_at=None).order_by("-number")
        if name:
            return versions.filter(survey__name__iexact=name).first() or _(
                "No survey is called %(name)r: publish it first."
            ) % {"name": name}
        known = versions.filter(survey__kind=Survey.Kind.NPS).order_by("-pk").first()
        if known or self.context.is_dry:
            return known
        try:
            return ensure_default_survey(owner=self.context.user)
        except User.DoesNotExist:
            return _("There is no survey, and nobody to own one: make a user first.")


def _questions(definition: dict[str, Any]) -> tuple[str, str]:
    """The ids of the headline question and of the first one that is answered in words."""
    questions = definition.get("questions", [])
    headline = next((str(one["id"]) for one in questions if one.get("type") in _HEADLINES), "score")
    words = next((str(one["id"]) for one in questions if "text" in str(one.get("type"))), "comment")
    return headline, words


def _voice_of(response: Response, words: str, kind: Survey.Kind) -> Feedback:
    assert response.submitted_at is not None
    return Feedback(
        account_id=response.account_id,
        contact_id=response.contact_id,
        response=response,
        source=Feedback.Source.SURVEY,
        source_system="survey",
        external_id=f"response:{response.pk}",
        text=words,
        fingerprint=fingerprint(words),
        **score_fields(response.score, _SCALES.get(kind, OWN)),
        language=response.language,
        received_at=response.submitted_at,
    )


RESPONSES = ResponsesKind()
FEEDBACK = FeedbackKind()
