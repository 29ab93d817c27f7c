"""Forms of the import wizard: the file, and what its columns are."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from accounts.models import ImportRun
from accounts.services.imports.inspecting import Column, Shape
from accounts.services.imports.mapping import MAX_FILE, fields_of, load_mapping, match_columns, read_mapping
from accounts.services.imports.problems import ImportProblem
from accounts.services.imports.registry import Field, all_kinds, get_kind
from accounts.services.imports.sniffing import MAX_BYTES
from ui.forms import Inline

_ORDERS = (("day_first", _lazy("Day first")), ("month_first", _lazy("Month first")))
_STYLES = (("point", _lazy("Decimal point")), ("comma", _lazy("Decimal comma")))


class UploadForm(forms.Form):
    """The file and what its rows are."""

    kind = forms.ChoiceField(label=_lazy("What the rows are"))
    file = forms.FileField(label=_lazy("File"), help_text=_lazy("CSV or XLSX, at most 512 MB."))
    source = forms.CharField(
        label=_lazy("System it comes from"),
        max_length=40,
        initial="csv",
        help_text=_lazy("Ids are unique within a system: use the same word for all files of one system."),
    )
    mapping = forms.FileField(
        label=_lazy("Mapping file"),
        required=False,
        help_text=_lazy("A YAML file that says what the columns are, if there is one."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [(one.name, one.label) for one in all_kinds().values()]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(
                _("The file has more than %(limit)d MB: split it.") % {"limit": MAX_BYTES >> 20}
            )
        return file

    def clean(self) -> dict[str, Any]:
        """`data` is the mapping as it is stored."""
        cleaned = super().clean() or {}
        given = cleaned.get("mapping")
        data: dict[str, Any] = {}
        if given:
            if given.size > MAX_FILE:
                raise forms.ValidationError({"mapping": _("A mapping file has at most 256 KB.")})
            try:
                data = load_mapping(given.read().decode("utf-8-sig"))
                read_mapping(data, kind=get_kind(cleaned.get("kind", "")))
            except (ImportProblem, UnicodeDecodeError) as error:
                raise forms.ValidationError({"mapping": str(error)}) from error
        if "source" not in data and cleaned.get("source"):
            data["source"] = cleaned["source"]
        cleaned["data"] = data
        return cleaned


class MappingForm(forms.Form):
    """One choice per column of the file, and the answers that only a person can give."""

    # The server asks for an answer only where the column is imported.
    use_required_attribute = False

    def __init__(self, run: ImportRun, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        self.kind = get_kind(run.kind)
        self.shape = Shape.from_dict(run.shape)
        self.known = fields_of(self.kind, run.mapping)
        self.given: dict[str, Any] = dict(run.mapping.get("columns") or {})
        chosen = self._chosen()
        choices = [("", _("Do not import")), *((name, _label(one)) for name, one in self.known.items())]
        for index, column in enumerate(self.shape.columns):
            self.fields[f"field_{index}"] = forms.ChoiceField(
                label=column.name,
                choices=choices,
                required=False,
                initial=chosen.get(column.name.casefold(), ""),
                widget=forms.Select(
                    attrs={"class": "select", "aria-label": _("%(name)s becomes") % {"name": column.name}}
                ),
            )
            self._ask(index, column)

    def _ask(self, index: int, column: Column) -> None:
        """A question for dates and decimals that can be read in two ways; nothing is picked beforehand."""
        for about, choices in (("date_order", _ORDERS), ("decimal", _STYLES)):
            if getattr(column, about) != "open":
                continue
            question = column.questions.get(about)
            example = question["example"] if question else column.conflicts.get(about, "")
            self.fields[f"{about}_{index}"] = forms.ChoiceField(
                label=_("How is %(example)s meant?") % {"example": example},
                choices=choices,
                required=self._is_asked(index, about),
                widget=Inline,
                initial=self._answered(column, about),
            )

    def _is_asked(self, index: int, about: str) -> bool:
        """Only columns that become a date or a sum need the answer; a form that was not sent asks for it anyway."""
        one = self.known.get(str(self.data.get(f"field_{index}", "")))
        types = {"date_order": {"date", "moment"}, "decimal": {"decimal"}}[about]
        return not self.is_bound or (one is not None and one.type in types)

    def _answered(self, column: Column, about: str) -> str:
        for rule in self.given.values():
            if isinstance(rule, Mapping) and str(rule.get("column", "")).casefold() == column.name.casefold():
                return str(rule.get(about) or self.run.mapping.get(about) or "")
        return str(self.run.mapping.get(about) or "")

    def _chosen(self) -> dict[str, str]:
        """The first field that each column feeds, by the mapping so far or by the columns' names."""
        if self.given:
            pairs = [(name, _column_of(rule)) for name, rule in self.given.items()]
        else:
            pairs = [
                (name, rule.column) for name, rule in match_columns(self.shape.header, self.known.values()).items()
            ]
        chosen: dict[str, str] = {}
        for name, column in pairs:
            chosen.setdefault(column.casefold(), name)
        return chosen

    def rows(self) -> list[dict[str, Any]]:
        """The form as a table: column, samples, choice, questions."""
        return [
            {
                "column": column,
                "choice": self[f"field_{index}"],
                "questions": [
                    self[name] for name in (f"date_order_{index}", f"decimal_{index}") if name in self.fields
                ],
            }
            for index, column in enumerate(self.shape.columns)
        ]

    def kept(self) -> list[tuple[str, str]]:
        """Rules of the mapping file that the table cannot show: a second use of a column, and constants."""
        chosen = set(self._chosen().values())
        rules = [(name, _column_of(rule)) for name, rule in self.given.items() if name not in chosen]
        constants = [(name, str(value)) for name, value in (self.run.mapping.get("constants") or {}).items()]
        return [(str(_label(self.known[name])), words) for name, words in rules + constants if name in self.known]

    def clean(self) -> dict[str, Any]:
        """`data` is the mapping as it is stored: what was chosen, laid over what the mapping file said beyond it."""
        cleaned = super().clean() or {}
        columns: dict[str, Any] = {}
        for index, column in enumerate(self.shape.columns):
            name = cleaned.get(f"field_{index}")
            if not name:
                continue
            if name in columns:
                self.add_error(f"field_{index}", _("Another column is this already."))
                continue
            columns[name] = self._rule(name, column, index, cleaned)
        beyond = {name: rule for name, rule in self.given.items() if name not in set(self._chosen().values())}
        data = {**self.run.mapping, "columns": {**beyond, **columns}}
        if not self.errors:
            try:
                read_mapping(data, kind=self.kind)
            except ImportProblem as problem:
                self.add_error(None, str(problem))
        cleaned["data"] = data
        return cleaned

    def _rule(self, name: str, column: Column, index: int, cleaned: Mapping[str, Any]) -> Any:
        before = self.given.get(name)
        is_same = isinstance(before, Mapping) and _column_of(before).casefold() == column.name.casefold()
        rule: dict[str, Any] = dict(before) if is_same and isinstance(before, Mapping) else {"column": column.name}
        for about in ("date_order", "decimal"):
            if answer := cleaned.get(f"{about}_{index}"):
                rule[about] = answer
        return rule if len(rule) > 1 else column.name


def _label(one: Field) -> str:
    return f"{one.label} *" if one.is_required else str(one.label)


def _column_of(rule: Any) -> str:
    return str(rule.get("column", "")) if isinstance(rule, Mapping) else str(rule)
