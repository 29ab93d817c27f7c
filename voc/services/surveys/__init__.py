"""Surveys: made, written, checked, published, closed."""

from voc.services.surveys.drafting import (
    DraftRefused,
    StaleDraft,
    add_question,
    edit_texts,
    move_question,
    remove_question,
    replace_definition,
    restore_draft,
    save_draft,
    save_question,
)
from voc.services.surveys.publishing import NotReady, facts_of, findings_of, publish_survey
from voc.services.surveys.writing import (
    SETTINGS,
    close_survey,
    copy_survey,
    create_survey,
    delete_survey,
    edit_settings,
    reopen_survey,
    restore_settings,
    restore_survey,
    undo_close_survey,
)

__all__ = [
    "SETTINGS",
    "DraftRefused",
    "NotReady",
    "StaleDraft",
    "add_question",
    "close_survey",
    "copy_survey",
    "create_survey",
    "delete_survey",
    "edit_settings",
    "edit_texts",
    "facts_of",
    "findings_of",
    "move_question",
    "publish_survey",
    "remove_question",
    "reopen_survey",
    "replace_definition",
    "restore_draft",
    "restore_settings",
    "restore_survey",
    "save_draft",
    "save_question",
    "undo_close_survey",
]
