"""What a page shows, as a piece of Python: names in place of the numbers that the page writes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Real
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, final
from urllib.parse import parse_qsl, urlencode

from pellucid._core.errors import InvalidInputError
from pellucid._core.validation import kind_of
from pellucid.explanation.selection import output_position

if TYPE_CHECKING:
    from pellucid.dashboard.protocol import Manifest

Range: TypeAlias = tuple[float | None, float | None]
"""Smallest and largest; None where there is no end. Both ends belong to it."""
_OWN: Final = ("prediction", "label", "error", "predicted", "outcome")


@final
@dataclass(frozen=True)
class Cohort:
    """Rows that fit all of some rules.

    Each rule is a range ``(smallest, largest)``, with None where there is no end, or a list of
    categories, in which None stands for missing values.

    Attributes
    ----------
    values, contributions : mapping of str to rule
        Rules about features, by their names.
    prediction, label, error : rule, optional
        Rules about the output shown, the true label and the error.
    predicted : list of str, optional
        Classes with the highest score.
    outcome : list of {"right", "wrong"}, optional
        Whether the predicted class is the true one.
    name : str
        What the page calls it; by default its rules.

    Examples
    --------
    >>> Cohort({"age": (30, 40), "city": ["Bern", None]}, outcome=["wrong"]).name
    ''
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    contributions: Mapping[str, Any] = field(default_factory=dict)
    prediction: Any = None
    label: Any = None
    error: Any = None
    predicted: Sequence[str] | None = None
    outcome: Sequence[str] | None = None
    name: str = ""

    def rules(self, manifest: "Manifest", output: int) -> list[list[Any]]:
        """Return the rules as the page writes them.

        Raises
        ------
        InvalidInputError
            There is no such feature or label, or a rule is neither a range nor a list.
        """
        places = {feature["name"]: j for j, feature in enumerate(manifest["features"])}
        found = [_rule(f"value/{_place(places, name)}", said) for name, said in self.values.items()]
        for name, said in self.contributions.items():
            found.append(_rule(f"contribution/{output}/{_place(places, name)}", said))
        truth = 0 if manifest["labels"] == "classes" else output
        fields = (
            f"prediction/{output}",
            f"truth/{truth}",
            f"error/{output}",
            "predicted",
            "outcome",
        )
        for own, column in zip(_OWN, fields, strict=True):
            said = getattr(self, own)
            if said is None:
                continue
            if own != "prediction" and manifest["labels"] is None:
                raise InvalidInputError(f"cohort has a rule about {own}, which needs true_labels")
            found.append(_rule(column, said))
        return found


@final
@dataclass(frozen=True)
class Selection:
    """What a page shows, for ``save_html(..., selection=...)``.

    Attributes
    ----------
    output : str or int, optional
        Class or place of the output; ``"all"`` is the mean over all classes.
    feature : str, optional
    row : object, optional
        What the row is called: its label in the index of a data frame, else its place.
    pins : sequence of objects
        Rows to compare, called like ``row``; at most five.
    cohorts : sequence of Cohort
        Cohorts to choose from.
    cohort : int, optional
        Place of the cohort that is shown; by default all rows are.
    columns : {"raw", "engineered"}
        Which columns are shown, where a result has both.

    Examples
    --------
    >>> import tempfile
    >>> from pellucid import KernelExplainer
    >>> explainer = KernelExplainer(lambda rows: rows.prod(axis=1), [[0.0, 0.0], [1.0, 1.0]])
    >>> explanation = explainer.explain_local([[2.0, 3.0], [4.0, 5.0]])
    >>> large = Cohort({"1": (4, None)}, name="large")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     chosen = Selection(feature="1", row=0, cohorts=[large], cohort=0)
    ...     explanation.save_html(f"{folder}/product.html", selection=chosen).name
    'product.html'
    """

    output: str | int | None = None
    feature: str | None = None
    row: Any = None
    pins: Sequence[Any] = ()
    cohorts: Sequence[Cohort] = ()
    cohort: int | None = None
    columns: Literal["raw", "engineered"] = "raw"

    def text(self, manifest: "Manifest", labels: Sequence[str]) -> str:
        """Return the selection as the page writes it in its address.

        Parameters
        ----------
        manifest : Manifest
            Of the columns chosen.
        labels : sequence of str
            What the rows sent are called.

        Raises
        ------
        InvalidInputError
            There is no such output, feature, row or cohort.
        """
        said: dict[str, Any] = {} if self.columns == "raw" else {"columns": self.columns}
        output = max(0, manifest["shown_output"])
        if self.output == "all" and manifest["n_outputs"] > 1:
            said["output"] = -1
        elif self.output is not None:
            names = manifest["classes"]
            output = output_position(
                self.output, None if names is None else tuple(names), manifest["n_outputs"]
            )
            said["output"] = output
        if self.feature is not None:
            places = {feature["name"]: j for j, feature in enumerate(manifest["features"])}
            said["feature"] = _place(places, self.feature)
        if self.row is not None:
            said["row"] = _row(labels, self.row)
        if len(self.pins):
            said["pins"] = ",".join(str(_row(labels, row)) for row in self.pins)
        if len(self.cohorts):
            written = [[one.name, *one.rules(manifest, output)] for one in self.cohorts]
            said["cohorts"] = json.dumps(written, ensure_ascii=False, allow_nan=False)
        if self.cohort is not None:
            if not 0 <= self.cohort < len(self.cohorts):
                raise InvalidInputError(
                    f"cohort is {self.cohort!r}, but there are {len(self.cohorts)} cohorts"
                )
            said["cohort"] = self.cohort
        return urlencode(said)


def begin_with(selection: Any, manifest: "Manifest", labels: Sequence[str]) -> None:
    """Let a page show a selection at first, in the columns that it is about.

    Parameters
    ----------
    selection : Selection or str
    manifest : Manifest
        Of the page, which is told of it.
    labels : sequence of str
        Of the rows sent.

    Raises
    ------
    InvalidInputError
        This is neither a selection nor a text, or it names something that is not there.
    """
    if not isinstance(selection, (str, Selection)):
        raise InvalidInputError(
            f"selection is {kind_of(selection)}; pass a Selection or the text after # in an address"
        )
    if isinstance(selection, str):
        columns = dict(parse_qsl(selection.removeprefix("#"))).get("columns", "raw")
    else:
        columns = selection.columns
    shown = manifest
    if columns == "engineered":
        if manifest["engineered"] is None:
            raise InvalidInputError("selection has engineered columns, which this result has not")
        shown["selection"] = urlencode({"columns": columns})
        shown = manifest["engineered"]
    if isinstance(selection, str):
        shown["selection"] = selection.removeprefix("#")
    else:
        shown["selection"] = selection.text(shown, labels)


def _place(places: Mapping[str, int], name: str) -> int:
    if name not in places:
        raise InvalidInputError(f"selection has the feature {name!r}, which this result has not")
    return places[name]


def _row(labels: Sequence[str], row: Any) -> int:
    if str(row) not in labels:
        raise InvalidInputError(
            f"selection has row {row!r}, which is none of the {len(labels)} sent"
        )
    return labels.index(str(row))


def _rule(column: str, said: Any) -> list[Any]:
    if isinstance(said, list):
        return [column, [None if level is None else str(level) for level in said]]
    ends = said if isinstance(said, tuple) and len(said) == 2 else ("",)
    if not all(end is None or (isinstance(end, Real) and end == end) for end in ends):  # noqa: PLR0124
        raise InvalidInputError(
            f"a rule of a cohort is {said!r}; give (smallest, largest) or a list of categories"
        )
    return [column, *(None if end is None else float(end) for end in ends)]
