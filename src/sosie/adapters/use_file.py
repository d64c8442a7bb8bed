"""The use file: one use, what has happened so far, and a day, to be decided without a workspace.

Format: `use/1`, YAML as the terms file is read, every mistake named and placed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, StrictBool, create_model

from sosie.adapters.terms_file import read as read_terms
from sosie.adapters.terms_file import read_model
from sosie.core.terms import Terms
from sosie.core.use import State, Use
from sosie.core.values import BadInput


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _as_model(kind: type[Any], **optional: Any) -> type[BaseModel]:
    """Return a strict model with the fields of a dataclass; some of them with other defaults."""
    hints = {name: _plainly(hint) for name, hint in get_type_hints(kind).items()}
    defaults = {f.name: ... if f.default is MISSING else f.default for f in fields(kind)}
    made: dict[str, Any] = {
        name: (hints[name], optional.get(name, default)) for name, default in defaults.items()
    }
    return create_model(kind.__name__, __base__=_Strict, **made)


def _plainly(hint: Any) -> Any:
    """Return the type of a fact with truths strict, and counts of zero or more."""
    plain = {bool: StrictBool, int: Annotated[int, Field(ge=0)]}
    if hint in plain:
        return plain[hint]
    if get_origin(hint) in (Union, UnionType):
        return Union[tuple(_plainly(each) for each in get_args(hint))]  # noqa: UP007
    if get_origin(hint) is Mapping:
        return Mapping[tuple(_plainly(each) for each in get_args(hint))]  # type: ignore[misc]
    return hint


_UseSaid = _as_model(Use, licensee="", twin="")
_StateSaid = _as_model(State)


class UseFile(_Strict):
    """What a use file says."""

    format: Literal["use/1"] = Field(alias="sosie")
    terms: str = Field(min_length=1)
    """The terms file, from the folder of this one."""
    day: date = Field(alias="on")
    use: _UseSaid  # type: ignore[valid-type]
    state: _StateSaid  # type: ignore[valid-type]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that can be decided."""

    use: Use
    terms: Terms
    state: State
    on: date


def read(path: Path) -> Asked:
    """Read a use file and the terms that it names; raises ``BadInput`` with line and column.

    Licensee and twin are those of the terms where the file names none.
    """
    said = read_model(_text(path), UseFile, where=str(path))
    named = path.parent / said.terms
    terms = read_terms(_text(named), where=str(named))
    use: dict[str, Any] = dict(said.use)
    use["licensee"] = use["licensee"] or terms.parties.brand
    use["twin"] = use["twin"] or terms.twin
    return Asked(Use(**use), terms, State(**dict(said.state)), said.day)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        what = getattr(error, "strerror", None) or "this is no UTF-8 text"
        raise BadInput(what.lower(), where=str(path), remedy="name a YAML file") from None
