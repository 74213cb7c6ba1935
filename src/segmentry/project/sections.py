"""The sections of ``segmentry.toml``: every key with its description, default and range.

What a section says is checked by `settings.parse` before any data is read. A class per section, an entry per key; nothing here computes.
"""

from __future__ import annotations

import datetime
import math
import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Method = Literal[
    "kmeans",
    "hierarchical",
    "hierarchical-single",
    "hierarchical-average",
    "hierarchical-complete",
    "hierarchical-centroid",
    "hierarchical-weighted",
    "kprototypes",
    "gmm",
    "gmm-full",
    "gmm-tied",
    "gmm-diag",
    "gmm-spherical",
    "density",
]

LONGEST_NAME = 100
# Control characters, line and paragraph separators; and the signs that turn the direction of what follows.
_UNSEEN = {"Cc", "Zl", "Zp"}
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _one_line(name: str) -> str:
    """Return the name of a segment; it stands in tables, remarks and lists, where a line break or an unseen sign would break them."""
    if len(name) > LONGEST_NAME or any(unicodedata.category(sign) in _UNSEEN or sign in _TURNING for sign in name):
        raise ValueError(f"allowed is one line of up to {LONGEST_NAME} characters, without control characters")
    return name


def _costs(told: dict[str, float]) -> dict[str, float]:
    """Return costs by name; whoever is paid for a contact has no cost to plan or judge with."""
    if not all(0 <= cost < math.inf for cost in told.values()):
        raise ValueError("allowed is a cost of 0 or more for each")
    return told


def _telling(margin: float | None) -> float | None:
    """Return a share of revenue; of one as good as none no sum could be made."""
    if margin is not None and margin < LEAST_VALUE:
        raise ValueError(f"allowed is {LEAST_VALUE} to 1")
    return margin


Name = Annotated[str, AfterValidator(_one_line)]
# Sums and squares of money stay finite between these.
MOST_MONEY, LEAST_VALUE = 10**12, 0.0001


class Section(BaseModel):
    """A part of the settings: unknown keys are refused, nothing is changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProjectSettings(Section):
    """``[project]``: what the report says about itself."""

    title: str = Field("", description="Title of the report; empty means the name of the first file.")
    purpose: str = Field("", description="What the segmentation is for, in a sentence or two.")
    background: str = Field("", description="Background a reader of the report should have.")
    audience: str = Field("", description="Who the report is for.")


class ReadSettings(Section):
    """``[read]``: how all files are written, where the file does not settle it."""

    encoding: str = Field("", description="Encoding of text files, such as cp1252; empty means UTF-8, or UTF-16 by its mark.")
    delimiter: str = Field("", description='One character between fields, or "whitespace"; empty means settled from the file.')
    decimal: Literal["", ".", ","] = Field("", description="Decimal mark; empty means settled from the whole column.")
    thousands: str = Field("", description="Mark between thousands; empty means settled from the whole column.")
    currency: str = Field("", description="Currency symbol or code that is written at amounts.")
    yes: tuple[str, ...] = Field((), description="Words of flags that mean yes, beside the usual ones.")
    no: tuple[str, ...] = Field((), description="Words of flags that mean no, beside the usual ones.")
    missing_words: tuple[str, ...] | None = Field(
        None, description="Words that mean not known, such as n/a; empty list for none, not given for the usual."
    )


class TableSettings(ReadSettings):
    """``[tables.NAME]``: one file (NAME is its name without endings), over what ``[read]`` says."""

    header: bool = Field(True, description="false when the first line is data; then give columns.")
    columns: tuple[str, ...] = Field((), description="Names of the columns of a file without a header.")
    kind: Literal["", "snapshot", "customers", "transactions", "products", "campaigns", "contacts", "events", "trials"] = Field(
        "", description="What the table is; empty means inferred."
    )
    roles: dict[str, str] = Field(default_factory=dict, description="Role of a column, by its name; overrides what was inferred.")
    date_format: dict[str, str] = Field(default_factory=dict, description='Format of a date column, by its name, such as "%d/%m/%Y".')


class CleaningSettings(Section):
    """``[cleaning]``: the rules that treat dirt; each can be turned off."""

    exact_duplicates: Literal["drop", "keep"] = Field("drop", description="Rows equal in every column, beyond the first.")
    refunds: Literal["allow", "quarantine"] = Field("allow", description="Negative amounts and quantities in transactions.")
    sentinel_dates: Literal["quarantine", "keep"] = Field("quarantine", description="Dates such as 1900-01-01 that stand for no date.")
    impossible_values: Literal["missing", "keep"] = Field("missing", description="Impossible ages and sentinel numbers in attributes.")
    oldest: int = Field(110, ge=20, le=200, description="Years; a higher age is impossible.")
    spellings: Literal["join", "keep"] = Field("join", description="Levels of a category that differ only in case or blanks.")
    rare_categories: Literal["other", "keep"] = Field("other", description="Levels of a category that almost nobody has.")
    rare_share: float = Field(0.002, ge=0, le=1, description="Share of customers below which a level is rare.")
    most_levels: int = Field(50, ge=2, le=10_000, description="Levels a category keeps at most, before other.")
    constant_columns: Literal["drop", "keep"] = Field("drop", description="Columns in which every customer has the same value.")
    redundant_columns: Literal["drop", "keep"] = Field("drop", description="Columns that restate another column.")
    non_products: Literal["report", "drop"] = Field("report", description="Postage, fees and other lines that are no product.")
    default_account: Literal["exclude", "keep"] = Field(
        "exclude", description="One id with 80 % or more of all lines: a till or guest account."
    )
    net_returns: Literal["net", "keep"] = Field("net", description="Returns: netted against their purchases, or kept as negative spend.")
    extra_columns: Literal["allow", "forbid"] = Field("allow", description="Columns without a meaning for segmentry.")
    quarantine_limit: float = Field(0.05, ge=0, le=1, description="Share of a table's rows in quarantine above which it is refused.")


class SegmentSettings(Section):
    """``[segments]``: by which method, how many, from which features."""

    method: tuple[Method, ...] = Field(
        ("kmeans",),
        description="Methods to try; of several one is followed and all are compared.",
    )
    k: int | None = Field(None, ge=2, le=50, description="Number of segments; empty means chosen.")
    minimum: int = Field(3, ge=2, le=50, description="Fewest segments the business can use.")
    maximum: int = Field(8, ge=2, le=50, description="Most segments the business can act on.")
    features: tuple[str, ...] = Field(
        (), description="Features that drive the segments; empty means the default set, which the report shows."
    )
    index: Literal["silhouette", "calinski-harabasz", "davies-bouldin", "bic"] = Field(
        "silhouette", description="What decides on the number of segments; the others are shown as witnesses. bic asks for gmm."
    )
    starts: int = Field(20, ge=1, le=1000, description="Random starts of a method; the best is kept.")
    smallest: float | None = Field(
        None,
        gt=0,
        description="Fewest customers of a segment: below 1 a share of all, else a number; smaller ones are joined to the nearest.",
    )
    largest: float | None = Field(
        None, gt=0, description="Most customers of a segment: below 1 a share of all, else a number; larger ones are split."
    )
    levels: Literal[1, 2] = Field(1, description="2 splits each segment again where it holds groups of its own.")
    names: dict[str, Name] = Field(default_factory=dict, description='Names of your own, by segment id, such as 1 = "Champions".')


class RuleSettings(Section):
    """``[[rules]]``: a segment of your own, by conditions that all must hold."""

    name: Name = Field(min_length=1, description="Name of the segment.")
    when: tuple[str, ...] = Field(
        (), description='Conditions such as "monetary >= 1000", "place in ["UK"]" or "recency missing"; none means everyone else.'
    )


class ValueSettings(Section):
    """``[value]``: what customers may be worth, and what was assumed for it."""

    predict: bool = Field(True, description="false leaves the chapter out.")
    horizon: int = Field(365, ge=1, le=3650, description="Days to look ahead.")
    margin: float | None = Field(
        None,
        gt=0,
        le=1,
        allow_inf_nan=False,
        description="Share of net revenue that is kept; empty means that revenue is foretold, not profit.",
    )
    discount: float = Field(
        0.1, ge=0, le=1, allow_inf_nan=False, description="Discount per year: 0.1 values money in a year at 1/1.1 of money today."
    )
    unit: Literal["day", "week", "month"] = Field("week", description="Unit of time of the models and their figures.")
    occasions: Literal["positive", "all"] = Field(
        "positive", description="Which days count as a purchase: with positive net spend, or all with a line (zero spend too)."
    )
    model: Literal["auto", "bgnbd", "mbgnbd", "paretonbd", "nbd"] = Field(
        "auto", description="Model of purchases; auto takes the one that foretold the held-out days best."
    )
    holdout: int | None = Field(None, ge=7, le=1825, description="Last days held out to judge the models; empty means chosen.")


class ResponseSettings(Section):
    """``[response]``: who will answer, and what an answer is worth."""

    predict: bool = Field(True, description="false leaves the chapter out.")
    target: str = Field(
        "", description='Column that says who answered, name of a campaign, or "purchase"; empty means the one the data marks as outcome.'
    )
    cost: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="Cost of one contact; empty means found in the data, or not known."
    )
    revenue: float | None = Field(
        None, gt=0, allow_inf_nan=False, description="Revenue of one answer; empty means found in the data, or not known."
    )
    household: str = Field("", description="Column that says who lives together; they are kept together when models are judged.")
    confirmed: tuple[str, ...] = Field((), description="Columns that look like a leak but are known before the contact.")
    horizon: int = Field(90, ge=1, le=1825, description='Days to look ahead for the target "purchase".')
    repeats: int = Field(5, ge=1, le=20, description="Times the customers are split anew.")
    folds: int = Field(5, ge=2, le=20, description="Parts the customers are split into.")


class TrialSettings(Section):
    """``[trial]``: who was treated by lot, and what is counted of it."""

    treatment: str = Field("", description="Column that says who was given what; empty means the one the data marks as contact or arm.")
    control: str = Field("", description="Value of that column for customers who were left alone; empty means no, 0, none or control.")
    outcome: tuple[str, ...] = Field(
        (), description="Columns that say what customers did then; the first is the primary one, the others are exploratory."
    )
    experiment: str = Field("", description="Name of one experiment, where a table holds several; empty means the last.")
    randomised: bool = Field(False, description="true says that the treatment was given by lot. Without it no effect is claimed.")
    propensity: str = Field("", description="Column with the logged probability of being treated, between 0 and 1.")
    exposed: str = Field("", description="Column that says who really saw the treatment.")
    days: int = Field(30, ge=1, le=730, description="Days after the start in which purchases count.")
    shares: dict[str, float] = Field(
        default_factory=dict, description="Planned share of each arm, such as control = 0.5; empty means equal."
    )
    learners: tuple[Literal["linear", "s", "t", "x", "r", "dr"], ...] = Field(
        ("linear", "t", "x", "dr"), description="Ways to learn differences in effect; linear is the one to beat."
    )
    folds: int = Field(5, ge=3, le=20, description="Parts the customers are split into.")


class OfferSettings(Section):
    """``[[offers]]``: something that can be sent to customers, with its price."""

    name: Name = Field(min_length=1, description="Name of the offer.")
    channel: Name = Field("", description="Channel it goes through, such as mail.")
    cost: float = Field(0.0, ge=0, le=MOST_MONEY, allow_inf_nan=False, description="Cost of one contact.")
    conversion_cost: float = Field(
        0.0, ge=0, le=MOST_MONEY, allow_inf_nan=False, description="Further cost of each customer who takes it up, such as the voucher."
    )
    margin: Annotated[float | None, AfterValidator(_telling)] = Field(
        None, gt=0, le=1, allow_inf_nan=False, description="Share of additional revenue that is kept, such as 0.3."
    )
    value: float | None = Field(
        None, ge=LEAST_VALUE, le=MOST_MONEY, allow_inf_nan=False, description="What one additional buyer brings after cost of goods."
    )
    arm: str = Field("", description="Arm of the trial that tried this offer; empty means the arm of the same name.")
    effect: float | None = Field(
        None,
        ge=-1,
        le=1,
        allow_inf_nan=False,
        description="Assumed additional buyers per contact, such as 0.02; marked as an assumption wherever it is used.",
    )
    segments: tuple[str, ...] = Field((), description="Segments that may get it, by id or name; empty means all.")
    purpose: str = Field("", description="Column of consent that is asked for it; empty means every column of consent.")


class PlanSettings(Section):
    """``[plan]``: what a plan may spend and must keep to."""

    budget: float | None = Field(None, ge=0, allow_inf_nan=False, description="Most money to spend; empty means no limit.")
    capacity: dict[str, int] = Field(default_factory=dict, description="Most contacts per channel, such as mail = 5000.")
    contacts: int | None = Field(
        None, ge=1, le=100, description="Most contacts of one customer within the days below, earlier ones included."
    )
    days: int = Field(30, ge=1, le=365, description="Days over which contacts of one customer are counted.")
    reach: dict[str, float] = Field(
        default_factory=dict, description="Least customers to contact per segment, by id or name: below 1 a share, else a number."
    )
    holdout: float = Field(0.1, ge=0, lt=1, description="Share of customers left alone by lot, so that what the plan earned can be told.")
    fatigue: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Money that one more contact costs in tired customers, per earlier contact within the days.",
    )
    consent: Literal["ask", "ignore"] = Field("ask", description="ask leaves out whoever has not said yes in the columns of consent.")
    protected: tuple[str, ...] = Field(
        (), description="Columns over which offers are checked for fairness; empty means age, gender and place where known."
    )


class ReturnSettings(Section):
    """``[returns]``: what campaigns brought."""

    days: int = Field(30, ge=1, le=730, description="Days after a contact in which purchases are counted for it.")
    margin: float | None = Field(
        None, gt=0, le=1, allow_inf_nan=False, description="Share of net revenue that is kept; empty means revenue is told, not profit."
    )
    cost: Annotated[dict[str, float], AfterValidator(_costs)] = Field(
        default_factory=dict, description="Cost of one contact per campaign or channel; empty means found in the data."
    )


class ExperimentSettings(Section):
    """``[experiment]``: how experiments are designed and judged."""

    alpha: float = Field(
        0.01, gt=0, le=0.2, description="Chance of a false alarm that a verdict accepts; intervals are of 95 percent whatever it is."
    )
    power: float = Field(0.8, gt=0.5, lt=1, description="Chance to see the effect if it is there.")
    resamples: int = Field(1999, ge=199, le=100_000, description="Permutations and resamples of tests on money.")
    holdout: float = Field(
        0.0, ge=0, lt=1, description="Share of all customers in the standing hold-out: the same ones in every experiment, never contacted."
    )


class PlaybookSettings(Section):
    """``[[playbook]]``: a strategy of your own, tried before those of the house."""

    title: Name = Field(min_length=1, description="Name of the strategy, such as Win back.")
    when: tuple[str, ...] = Field(
        (), description='Conditions on topics of a segment, such as "value high" or "recency low"; all must hold.'
    )
    action: str = Field("", description="What to do, in a sentence.")
    offer: str = Field("", description="What to offer, in a sentence, or the name of one of the offers.")
    channel: str = Field("", description="Channel to use; empty means the one they use most.")
    measure: str = Field("", description="What shows whether it worked.")


class RunSettings(Section):
    """``[run]``: date and seed."""

    as_of: datetime.date | None = Field(
        None,
        ge=datetime.date(1900, 1, 1),
        le=datetime.date(2200, 1, 1),
        description="Day the features look back from; empty means the data's last day.",
    )
    audit: bool = Field(False, description="Run again without each treatment in turn and say what the dirt would have changed.")
    seed: int = Field(7, ge=0, le=2**32 - 1, description="Seed of everything random.")
