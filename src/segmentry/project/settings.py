"""Settings: what ``segmentry.toml`` may say, checked before any data is read.

Every key has a description and a default; an unknown key is refused with the nearest known one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from segmentry.checks import suggestion
from segmentry.errors import SettingsError
from segmentry.project.sections import (
    CleaningSettings,
    ExperimentSettings,
    OfferSettings,
    PlanSettings,
    PlaybookSettings,
    ProjectSettings,
    ReadSettings,
    ResponseSettings,
    ReturnSettings,
    RuleSettings,
    RunSettings,
    Section,
    SegmentSettings,
    TableSettings,
    TrialSettings,
    ValueSettings,
)

FILE = "segmentry.toml"


class Settings(Section):
    """All settings of a run.

    Examples
    --------
    >>> Settings().segments.maximum
    8
    """

    project: ProjectSettings = Field(default_factory=ProjectSettings, description="What the report says about itself.")
    read: ReadSettings = Field(default_factory=ReadSettings, description="How all files are written.")
    tables: dict[str, TableSettings] = Field(default_factory=dict, description="How single files are written and what they mean.")
    cleaning: CleaningSettings = Field(default_factory=CleaningSettings, description="Rules that treat dirt.")
    segments: SegmentSettings = Field(default_factory=SegmentSettings, description="How many segments, from which features.")
    rules: tuple[RuleSettings, ...] = Field((), description="Segments of your own; proved to cover everyone once.")
    value: ValueSettings = Field(default_factory=ValueSettings, description="What customers may be worth.")
    response: ResponseSettings = Field(default_factory=ResponseSettings, description="Who will answer.")
    trial: TrialSettings = Field(default_factory=TrialSettings, description="Who was treated by lot, and what is counted of it.")
    experiment: ExperimentSettings = Field(default_factory=ExperimentSettings, description="How experiments are designed and judged.")
    returns: ReturnSettings = Field(default_factory=ReturnSettings, description="What campaigns brought.")
    offers: tuple[OfferSettings, ...] = Field((), description="What can be sent to customers, with its price.")
    plan: PlanSettings = Field(default_factory=PlanSettings, description="What a plan may spend and must keep to.")
    playbook: tuple[PlaybookSettings, ...] = Field((), description="Strategies of your own, tried before those of the house.")
    run: RunSettings = Field(default_factory=RunSettings, description="Date and seed.")

    def table(self, name: str) -> TableSettings:
        """Return the settings of one table: its own, over ``[read]``."""
        folded = {key.casefold(): value for key, value in self.tables.items()}
        own = folded.get(name.casefold(), TableSettings())
        given = {key: getattr(own, key) for key in own.model_fields_set}
        return TableSettings(**{**self.read.model_dump(), **given})

    def over(self, section: str, **values: Any) -> Settings:
        """Return settings in which some values of a section are replaced; None values are passed over."""
        given = {key: value for key, value in values.items() if value is not None}
        if not given:
            return self
        return parse({**self.model_dump(exclude_unset=True), section: {**getattr(self, section).model_dump(exclude_unset=True), **given}})


def load(path: Path | None) -> Settings:
    """Read a settings file; None means ``segmentry.toml`` of the working folder if there is one.

    Raises
    ------
    SettingsError
        When the file is missing, is no TOML, or says something that is not allowed.
    """
    if path is None:
        path = Path(FILE)
        if not path.is_file():
            return Settings()
    if path.is_dir():
        raise SettingsError(f"settings file {path} is a folder; give --config the path of a {FILE}.")
    if not path.is_file():
        raise SettingsError(
            f"settings file {path} is not there; give --config the path of a {FILE}, or make one with 'segmentry init FILE'."
        )
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is not valid TOML: {error}. Correct that line.") from None
    return parse(content, source=str(path))


def parse(content: Mapping[str, Any], source: str = "settings") -> Settings:
    """Check plain content and return settings.

    Raises
    ------
    SettingsError
        Listing every key that is wrong, what is allowed there, and the nearest known key.

    Examples
    --------
    >>> parse({"segmnets": {"k": 4}})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    segmentry.errors.SettingsError: settings: segmnets is unknown; did you mean 'segments'? Allowed: ...
    """
    try:
        settings = Settings.model_validate(content)
    except ValidationError as error:
        raise SettingsError("\n".join(f"{source}: {_sentence(item)}" for item in error.errors())) from None
    if not settings.segments.method:
        raise SettingsError(f'{source}: segments.method is empty; give at least one method, such as ["kmeans"].')
    if settings.segments.minimum > settings.segments.maximum:
        raise SettingsError(
            f"{source}: segments.minimum is {settings.segments.minimum}, segments.maximum {settings.segments.maximum}; give a minimum up to the maximum."
        )
    return settings


def _sentence(item: Any) -> str:
    place = [str(part) for part in item["loc"]]
    dotted = ".".join(place)
    if item["type"] == "extra_forbidden":
        return f"{dotted} is unknown; {suggestion(place[-1], _known(place[:-1]))}"
    if item["type"] in ("greater_than", "greater_than_equal", "less_than", "less_than_equal", "finite_number"):
        return f"{dotted} is {item['input']}; allowed is {_span(place)}."
    if item["type"] == "missing":
        return f"{dotted} is missing; give it."
    if item["type"] in ("model_type", "dict_type"):
        return f"{dotted} is {item['input']!r}; it is a section: write [{dotted}] and its keys below."
    if item["type"] == "value_error":
        return f"{dotted} is {_shown(item['input'])}; {item['ctx']['error']}."
    return f"{dotted} is {_shown(item['input'])}; {item['msg'][0].lower()}{item['msg'][1:]}."


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:97]}..."


def _span(place: Sequence[str]) -> str:
    """Return the range of a number, as declared."""
    bounds = _model(place[0]).model_fields[place[-1]].metadata
    found = {side: getattr(bound, side) for bound in bounds for side in ("ge", "gt", "le", "lt") if hasattr(bound, side)}
    low = f"above {found['gt']}" if "gt" in found else f"{found['ge']}"
    if "lt" in found:
        return f"{low} to below {found['lt']}"
    if "le" in found:
        return f"{low} to {found['le']}"
    return low if "gt" in found else f"{low} or more"


def _known(place: Sequence[str]) -> tuple[str, ...]:
    return tuple((_model(place[0]) if place else Settings).model_fields)


def _model(section: str) -> type[BaseModel]:
    """Return the model of a section, of one of its tables or of one of its entries."""
    several: dict[str, type[BaseModel]] = {
        "tables": TableSettings,
        "rules": RuleSettings,
        "offers": OfferSettings,
        "playbook": PlaybookSettings,
    }
    single: type[BaseModel] = Settings.model_fields[section].annotation  # type: ignore[assignment]
    return several.get(section, single)
