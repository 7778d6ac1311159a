"""``ExplanationDashboard``: a result, its model and its rows as one page that answers."""

import os
import webbrowser
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Self, final, get_args

from pellucid._core.errors import InvalidInputError
from pellucid._core.extras import is_installed
from pellucid._core.validation import check_choice, check_count
from pellucid.dashboard.file import save_html
from pellucid.dashboard.protocol import Language
from pellucid.dashboard.server import Server
from pellucid.dashboard.session import Session
from pellucid.dashboard.widget import as_widget
from pellucid.explanation.importance import Importance
from pellucid.explanation.local import Explanation


@final
class ExplanationDashboard:
    """A dashboard of a result, which asks the model what would be if.

    It is shown at the end of a notebook's cell, in a browser by :meth:`show`, and saved as a file by :meth:`save_html`.

    Parameters
    ----------
    explanation : Explanation or Importance
        What ``explain_local`` or ``explain_global`` returned.
    model : object, optional
        The model explained: a fitted model, a Pipeline, or a function of rows. With it, the page
        predicts and explains changed rows, and draws curves of partial dependence.
    dataset : array, data frame, sparse matrix or list, optional
        The rows explained, shape (n, d), if the explanation does not carry them or the model wants
        others. Of another number of rows, those that the explanation carries are taken.
    true_y : sequence, optional
        True class or target of each row: with it, the page shows how well predictions agree with
        labels, and labels and errors beside all else.
    classes : sequence of str, optional
        Other names for the outputs.
    features : sequence of str, optional
        Other names for the features.
    compare_with : Explanation, Importance, or mapping of str to these, optional
        Other results, by name where there are several, to be shown beside this one.
    selection : Selection or str, optional
        What the page shows at first: a :class:`~pellucid.dashboard.Selection`, or the text after
        ``#`` in the address of a page.
    texts : TokenValues, optional
        The texts that the rows stand for, with what their words add.
    explainer : Explainer or TabularExplainer, optional
        What explains changed rows: best the one that made the explanation. By default the automatic
        choice, with up to 100 of the rows as reference rows; the page says so.
    title : str, optional
        Heading of the page; by default what is explained.
    language : {"en", "es"}
        Language of the page.
    port : int
        Where :meth:`show` serves it; 0 takes a free port.

    Attributes
    ----------
    session : Session
        What answers the page.

    Raises
    ------
    InvalidInputError
        This is no such result, or the rows, labels or names do not fit it.
    UnsupportedModelError
        This is no model.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import LinearRegression
    >>> from pellucid import ExplanationDashboard, TabularExplainer
    >>> x_test = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [3.0, 3.0]])
    >>> model = LinearRegression().fit(x_test, 2 * x_test[:, 0] + x_test[:, 1])
    >>> global_explanation = TabularExplainer(model, x_test).explain_global(x_test)
    >>> ExplanationDashboard(global_explanation, model, x_test)
    ExplanationDashboard of 4 rows with LinearRegression; show() opens it in a browser
    """

    def __init__(  # noqa: PLR0917 - in the order that users of the old dashboard know
        self,
        explanation: Explanation | Importance,
        model: Any = None,
        dataset: Any = None,
        true_y: Any = None,
        classes: Sequence[str] | None = None,
        features: Sequence[str] | None = None,
        *,
        explainer: Any = None,
        compare_with: Any = None,
        selection: Any = None,
        texts: Any = None,
        title: str | None = None,
        language: Language = "en",
        port: int = 0,
    ) -> None:
        check_choice("language", language, get_args(Language))
        self._port = check_count("port", port, minimum=0)
        self._shown: dict[str, Any] = {
            "title": title,
            "language": language,
            "true_labels": true_y,
            "compare_with": compare_with,
            "selection": selection,
            "texts": texts,
        }
        self.explanation = renamed(explanation, features, classes)
        self.session = Session(
            self.explanation,
            model=model,
            explainer=explainer,
            rows=dataset,
            **self._shown,
        )
        self._server: Server | None = None
        self._widget: Any = None

    def show(self, *, browser: bool = True) -> str:
        """Serve the dashboard on this machine, and open it in a browser.

        It is served while the program runs, or until :meth:`stop`, to this machine alone.

        Parameters
        ----------
        browser : bool
            Whether to open a browser; else only the link is returned.

        Returns
        -------
        str
            A link that works once.

        Raises
        ------
        MissingExtraError
            What serves it is not installed: ``pip install 'pellucid[dashboard]'``.
        PellucidError
            The port is not free.
        """
        if self._server is None:
            self._server = Server(self.session, port=self._port).start()
        if browser:
            webbrowser.open(self._server.new_link())
        return self._server.new_link()

    def widget(self) -> Any:
        """Return the dashboard as a widget for notebooks, as it is shown at the end of a cell.

        Returns
        -------
        anywidget.AnyWidget
            With a trait ``selection``, as of :meth:`Explanation.widget`.

        Raises
        ------
        MissingExtraError
            anywidget is not installed: ``pip install 'pellucid[dashboard]'``.
        """
        if self._widget is None:
            self._widget = as_widget(self.session)
        return self._widget

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Return the widget for notebooks; where there is no anywidget, how else to see it."""
        if not is_installed("anywidget"):
            return {"text/plain": repr(self)}
        data, metadata = self.widget()._repr_mimebundle_(**options)
        return {**data, "text/plain": repr(self)}, metadata

    def wait(self) -> None:
        """Go on serving until the program is interrupted; for scripts."""
        if self._server is not None:
            self._server.wait()

    def stop(self) -> None:
        """Serve it no more."""
        if self._server is not None:
            self._server.stop()
            self._server = None

    def save_html(
        self,
        path: str | os.PathLike[str],
        *,
        include_data: bool = True,
        max_rows: int | None = None,
        overwrite: bool = False,
    ) -> Path:
        """Write the dashboard as one HTML file, in which no model answers.

        Parameters
        ----------
        path, include_data, max_rows, overwrite
            As in :meth:`Explanation.save_html`.

        Returns
        -------
        pathlib.Path
            The file written.

        Raises
        ------
        StorageError
            The file exists, or cannot be written.
        """
        return save_html(
            self.explanation,
            path,
            include_data=include_data,
            max_rows=max_rows,
            overwrite=overwrite,
            **self._shown,
        )

    def __enter__(self) -> Self:
        """Return the dashboard, which is stopped at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Serve it no more."""
        self.stop()

    def __repr__(self) -> str:
        """Return what is shown, and how to see it."""
        rows = self.session.payload.manifest["n_rows"]
        live = self.session.live
        model = "" if live is None else f" with {live.model.name}"
        return f"{type(self).__name__} of {rows:,} rows{model}; show() opens it in a browser"


def renamed(result: Any, features: Sequence[str] | None, classes: Sequence[str] | None) -> Any:
    """Return a result under other names of features and outputs.

    Raises
    ------
    InvalidInputError
        It is no result, or the names are too few, too many, or the same.
    """
    if features is None and classes is None:
        return result
    if not isinstance(result, (Explanation, Importance)):
        raise InvalidInputError("only results of explain_local and explain_global can be renamed")
    names = {
        word: tuple(str(name) for name in given)
        for word, given in (("features", features), ("classes", classes))
        if given is not None and tuple(map(str, given)) != getattr(result, word)
    }
    if not names:
        return result
    local = result if isinstance(result, Explanation) else result.local
    if "features" in names and local is not None and local.players is not None:
        raise InvalidInputError("features that are groups of columns have their names already")
    changed: dict[str, Any] = {**names, "engineered": None}
    if isinstance(result, Importance) and local is not None:
        changed["local"] = replace(local, **changed)
    return replace(result, **changed)
