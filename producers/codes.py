"""Which codes a coded field may have, so that a refusal of another one can list them (pure)."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin

from events.model import Confirmation, Dismissal, Model, Record
from producers.lists.templates import TEMPLATES

_MODELS: Final[dict[str, type[Model]]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(Record)
}
_REASONS: Final[dict[str, Any]] = {"confirm": Confirmation, "dismiss": Dismissal}


def of_record(kind: str, field: str, fact: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """The codes for a field of a record of this kind; () for a field of another form.

    With the `fact` itself only those that fit the rest of it.
    """
    decided = str((fact or {}).get("decision"))
    if (kind, field) == ("decision", "reason") and decided in _REASONS:
        return get_args(_REASONS[decided])
    return of_field(_MODELS[kind], field)


def of_field(model: type[Model], path: str) -> tuple[str, ...]:
    """The codes for a field of a model, named as a refusal names it (`lapsed_reasons.0`)."""
    found = model.model_fields.get(path.partition(".")[0])
    return tuple(dict.fromkeys(_codes(found.annotation))) if found else ()


@cache
def of_column(name: str) -> tuple[str, ...]:
    """The codes for a column of the lists; () for a column of another form."""
    columns = (template.by_name.get(name) for template in TEMPLATES.values())
    return tuple(dict.fromkeys(code for one in columns if one for code in one.words.values()))


def _codes(annotation: Any) -> Iterator[str]:
    if get_origin(annotation) is Literal:
        yield from map(str, get_args(annotation))
    elif isinstance(annotation, type) and issubclass(annotation, StrEnum):
        yield from annotation
    else:
        for inner in get_args(annotation):
            yield from _codes(inner)
