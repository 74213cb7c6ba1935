"""What a report tells: the frozen results of a run, and nothing that had to be computed for the page.

A story holds no ids and no cells of identifier columns; whoever makes it (``project``) keeps it so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from segmentry.results import Note, Treatment
from segmentry.segments.results import Projection, SegmentProfile, Selection, Stability, Structure
from segmentry.sources.raw import RawTable
from segmentry.tables.dataset import Accepted, Dataset

if TYPE_CHECKING:
    from segmentry.explore.audit import AuditItem
    from segmentry.explore.columns import ColumnSummary
    from segmentry.explore.findings import Finding
    from segmentry.explore.pairs import Association
    from segmentry.features.history import History
    from segmentry.propensity.results import Response
    from segmentry.segments.comparison import Comparison
    from segmentry.segments.evidence import Evidence
    from segmentry.segments.induction import SegmentRule
    from segmentry.segments.outline import Outline
    from segmentry.segments.sideview import SideView
    from segmentry.segments.tree import Tree
    from segmentry.value.results import Worth


@dataclass(frozen=True, slots=True)
class Quarantined:
    """How many rows of a table are in quarantine for one reason.

    Parameters
    ----------
    table, column, code : str
        Where and why; `code` is that of the `segmentry.errors.Problem`.
    count : int
    reason, remedy : str
        In words, when known; never a customer's value.
    """

    table: str
    column: str
    code: str
    count: int
    reason: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Prepared:
    """How one feature was made ready for the clustering.

    Parameters
    ----------
    feature, transform : str
        In words, such as "Annual spend" and "logarithm, then standardised".
    missing : float
        Share of customers without a value, 0 to 1.
    reason : str
        Why this transform.
    """

    feature: str
    transform: str
    missing: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Story:
    """Everything a report is made from.

    Parameters
    ----------
    dataset : Dataset
    title, purpose, background, audience : str
        From ``[project]`` in the settings.
    tables, raws : tuple
        What came in, in the same order.
    treatments, notes : tuple
        All of the run, of every stage.
    quarantine : tuple of Quarantined
    summary : tuple of str
        Five sentences; when empty, the page writes its own.
    findings : tuple of Finding
    columns : tuple of ColumnSummary
        Every column that may be drawn, over all customers.
    association : Association or None
    selection, projection : Selection or None, Projection or None
        None in a description without segments.
    structure, stability : Structure or None, Stability or None
        Whether the segments are real, and how much of them comes back.
    history : History or None
        Months and cohorts, where the data has dates.
    audit : tuple of AuditItem
        What each piece of dirt would have changed; empty unless asked for.
    views : tuple of SideView
        Other ways to cut the customers.
    worth : Worth or None
        What customers may be worth; None when left out.
    response : Response or None
        Who will answer; None when nothing in the data says who did.
    since : tuple of str
        What became of the segments of an earlier run; empty for a first run.
    comparison : Comparison or None
        Several methods side by side, when there were several.
    outlines : tuple of Outline
        Silhouettes of a sample, by segment.
    evidence : Evidence or None
        What makes the segments.
    rules : tuple of SegmentRule
        A short rule for each segment.
    tree : (Tree, mapping of int to int) or None
        Of a hierarchical method, and the segment id of each group of its cut.
    rivals : mapping of str to tuple of SegmentProfile
        By method: what those that are not followed would have said.
    profiles : tuple of SegmentProfile
    used : tuple of str
        Names of the features that drove the clustering.
    preparation : tuple of Prepared
    set_aside : str
        Which customers were set aside by rule and why; empty when none were.
    currency : str
        Symbol or code; empty when the data does not say.
    versions : mapping of str to str
    seed : int
    settings : mapping
        Settings as plain values, nested.
    command, run : str
        The command that made the report, without folders, and the name of the run.
    """

    dataset: Dataset
    title: str = ""
    purpose: str = ""
    background: str = ""
    audience: str = ""
    tables: tuple[Accepted, ...] = ()
    raws: tuple[RawTable, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    notes: tuple[Note, ...] = ()
    quarantine: tuple[Quarantined, ...] = ()
    summary: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    columns: tuple[ColumnSummary, ...] = ()
    association: Association | None = None
    selection: Selection | None = None
    structure: Structure | None = None
    stability: Stability | None = None
    history: History | None = None
    audit: tuple[AuditItem, ...] = ()
    views: tuple[SideView, ...] = ()
    worth: Worth | None = None
    response: Response | None = None
    since: tuple[str, ...] = ()
    comparison: Comparison | None = None
    outlines: tuple[Outline, ...] = ()
    evidence: Evidence | None = None
    rules: tuple[SegmentRule, ...] = ()
    tree: tuple[Tree, Mapping[int, int]] | None = None
    rivals: Mapping[str, tuple[SegmentProfile, ...]] = field(default_factory=dict)
    profiles: tuple[SegmentProfile, ...] = ()
    projection: Projection | None = None
    used: tuple[str, ...] = ()
    preparation: tuple[Prepared, ...] = ()
    set_aside: str = ""
    currency: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""
    run: str = ""

    @property
    def unique_notes(self) -> tuple[Note, ...]:
        """All notes once, warnings first, otherwise in order."""
        once = list(dict.fromkeys(self.notes))
        return tuple(sorted(once, key=lambda note: note.level != "warning"))
