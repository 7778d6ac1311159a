"""What a dashboard's page is told, by whichever host: a file, a server or a notebook.

A host answers four questions:

``manifest``
    What there is, as JSON (:class:`Manifest`); at most 64 KB for a hundred features.
``aggregates(output)``
    What the first picture needs, over *all* rows (:class:`~pellucid.dashboard.aggregates.Aggregates`);
    at most 150 KB for one output. Output -1 is the mean over all outputs.
``column(name)``
    One column of the rows sent, on demand. ``k`` is an output and ``j`` a feature:

    ======================  ======================================================
    ``label``               what each row is called (text)
    ``position``            the row's place among all rows explained
    ``prediction/k``        the model's output
    ``base/k``              what the attributions start from
    ``contribution/k/j``    the attribution
    ``std_error/k/j``       its standard error, if it is an estimate
    ``value/j``             the feature: numbers, microseconds since 1970 of dates, or codes of
                            ``levels/j``; the code after the last one, and NaN, are missing
                            values
    ``levels/j``            what the codes stand for (text)
    ``truth/k``             the true label, where ``labels`` says that there are some: numbers of
                            classes (0 alone), or targets of output ``k``
    ``performance/…``       how well predictions agree with labels, over *all* rows (see
                            :func:`~pellucid.dashboard.performance.performance_chunks`)
    ``text``, ``token/…``   texts with their marked words and sentences (see
    and ``sentence/…``      :func:`~pellucid.dashboard.texts.text_chunks`)
    ``other/i/k``           importances and ranks in another result of ``others`` (see
                            :func:`~pellucid.dashboard.others.other_chunks`)
    ======================  ======================================================
``call(method, params)``
    Of ``manifest["calls"]``; ``row`` and ``output`` are places among the rows sent and the outputs.
    ``changes`` maps inputs of the model, by their number, to numbers, codes of levels, or None for a
    missing value. ``rules`` say which rows are meant (see
    :func:`~pellucid.dashboard.cohort_questions.members`); by default all are. What is about rows may
    be asked of ``"columns": "engineered"`` as well.

    ===============  =============================  =================================================
    ``row``          ``row`` or ``label, output``   all numbers of one row, in float64; every host
                                                    knows
    ``inputs``                                      what the model takes, with plausible ranges and
                                                    levels
    ``predict``      ``row, changes``               the prediction of the row as it would be, its
                                                    cells
    ``explain``      ``row, changes, output``       its attributions, and by the same explainer the
                                                    row's
    ``ice``          ``row, changes, input,         predictions over the range of one input
                     output``
    ``pdp``          ``feature, output``            partial dependence, and the curves of some rows
    ``density``      ``x, y, color, width,          rows in each pixel, over all rows or a cohort
                     height, rules``
    ``bands``        ``x, y, rules``                what rows have in one column, by bands or
                                                    categories of another
    ``pick``         ``x, y, at, unit, row, way,    the row nearest to a place or beside a row, and
                     rules``                        where it is
    ``page``         ``first, count, sort,          some rows of a table that is sorted and filtered
                     ascending, find, fields,       where the rows are
                     rules``
    ``table``        ``first, count, sort,          columns of such rows, as a file needs them
                     ascending, find, fields,
                     rules``
    ``cohort``       ``rules, output, rows``        how many of all rows fit, what they are like and,
                                                    if asked, which they are
    ``aggregates``   ``rules, output``              what ``aggregates`` tells of all rows, of a cohort
    ``performance``  ``rules, output``              what ``performance/…`` tells of all rows, of a
                                                    cohort
    ===============  =============================  =================================================

Nothing is rounded on the way: numbers travel in the narrowest type that holds each of them
exactly (see :mod:`~pellucid.dashboard.chunks`). Attributions of models are float64, so what the
page shows of a row is what Python returns. Aggregates are always of all rows; only single rows,
the dots, may be a sample, and then the page says so.
"""

from typing import Literal, TypedDict

from pellucid._core.typing import MeasuredSpace, Task
from pellucid.dashboard.others import Other
from pellucid.dashboard.texts import TextKind

PROTOCOL = 1
"""Raised when a page of one version could not read what a host of another one says."""

Language = Literal["en", "es"]
Dots = Literal["exact", "rounded", "counted"]
FeatureKind = Literal["number", "date", "category", "none"]
"""``date``: a date or a time of day; ``none``: the value is not known, or the feature stands for a group of columns."""


class Feature(TypedDict):
    """A feature, and how many of all rows explained lack a value of it."""

    name: str
    kind: FeatureKind
    missing: int


class Provenance(TypedDict):
    """How far to trust the numbers; the fields of :class:`pellucid.Stats` that people ask for."""

    model: str | None
    method: str
    exactness: str
    n_rows_given: int
    n_background: int
    n_evaluations: int
    efficiency_gap: float | None
    largest_std_error: float | None
    fidelity: float | None
    local_r2: float | None
    sampling: str | None
    warnings: list[str]


class Manifest(TypedDict):
    """What there is to show.

    ``shown_output`` and ``shown_row`` are where the page begins; the row is a place among the
    ``n_sent`` rows that are sent, of ``n_rows`` explained. ``engineered`` describes the same rows in
    engineered columns. ``selection`` is what is shown at first, as the page writes it in its address.
    ``calls`` names the questions that this host answers. Where rows are many, attributions are sent
    feature by feature (``by_column``), and dots are placed to within 1/65,534 of an axis (``rounded``) or
    are counted where the rows are (``counted``).
    """

    protocol: int
    generator: str
    title: str | None
    language: Language
    task: Task
    output_space: MeasuredSpace
    metric: str | None
    classes: list[str] | None
    n_outputs: int
    shown_output: int
    shown_row: int | None
    features: list[Feature]
    n_rows: int
    n_sent: int
    has_errors: bool
    mirrored: bool
    labels: Literal["classes", "numbers"] | None
    texts: TextKind | None
    others: list[Other]
    engineered: "Manifest | None"
    selection: str | None
    provenance: Provenance
    calls: list[str]
    by_column: bool
    dots: Dots
