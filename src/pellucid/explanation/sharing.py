"""What every result that has a dashboard can do: become a page, or a widget of a notebook."""

import os
from pathlib import Path
from typing import Any, Literal

from pellucid._core.edges import edge_function


class Shareable:
    """A result that can be saved as an interactive page; without any state of its own."""

    def save_html(
        self,
        path: str | os.PathLike[str],
        *,
        title: str | None = None,
        include_data: bool = True,
        language: Literal["en", "es"] = "en",
        max_rows: int | None = None,
        true_labels: Any = None,
        compare_with: Any = None,
        selection: Any = None,
        texts: Any = None,
        overwrite: bool = False,
    ) -> Path:
        """Write an interactive dashboard as one HTML file, which opens in any browser, offline.

        Parameters
        ----------
        path : str or path-like
            File to write.
        title : str, optional
            Heading; by default what is explained.
        include_data : bool
            Whether single rows, their feature values and attributions are in the file. Without
            them it holds aggregates over all rows alone, and shows nothing else.
        language : {"en", "es"}
            Language of the page.
        max_rows : int, optional
            Most rows that are in the file; by default 20,000, and fewer where their attributions
            would take more than 24 MB. Importances are of all rows in any case, and the page says
            how many rows it has.
        true_labels : array, series or list, optional
            True class or target of each row explained. With labels the page shows how well
            predictions agree with them, and labels and errors beside all else. Classes are given by
            their names; where no name is a number, also by their places.
        compare_with : Explanation, Importance, or mapping of str to these, optional
            Other results, by name where there are several: the page shows values and ranks of the
            features that they share with this one side by side.
        selection : Selection or str, optional
            What the page shows at first: a :class:`~pellucid.dashboard.Selection`, or the text after
            ``#`` in the address of a page.
        texts : TokenValues, optional
            The texts that the rows stand for, with what their words add.
        overwrite : bool
            Whether to replace a file that is there already.

        Returns
        -------
        pathlib.Path
            The file written.

        Raises
        ------
        StorageError
            The file exists, or cannot be written.
        InvalidInputError
            An option is none of those above, or labels do not fit the rows.

        Examples
        --------
        >>> import tempfile
        >>> from pellucid import KernelExplainer
        >>> explainer = KernelExplainer(lambda rows: rows.prod(axis=1), [[0.0, 0.0], [1.0, 1.0]])
        >>> explanation = explainer.explain_local([[2.0, 3.0], [4.0, 5.0]])
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     page = explanation.save_html(f"{folder}/product.html", title="A product")
        ...     "A product" in page.read_text(encoding="utf-8")
        True
        """
        written: Path = edge_function("dashboard", "save_html")(
            self,
            path,
            title=title,
            include_data=include_data,
            language=language,
            max_rows=max_rows,
            true_labels=true_labels,
            compare_with=compare_with,
            selection=selection,
            texts=texts,
            overwrite=overwrite,
        )
        return written

    def widget(
        self,
        *,
        title: str | None = None,
        language: Literal["en", "es"] = "en",
        true_labels: Any = None,
        compare_with: Any = None,
        selection: Any = None,
        texts: Any = None,
    ) -> Any:
        """Return a live dashboard for a notebook, which asks Python for what it shows.

        Shown by itself, a result is a dashboard already, of as many rows as a notebook's file should
        carry. The widget has all of them, and shares what is selected with Python; it is gone
        when the notebook is opened without a kernel.

        Parameters
        ----------
        title : str, optional
            Heading; by default what is explained.
        language : {"en", "es"}
            Language of the page.
        true_labels, compare_with, selection, texts
            As in :meth:`save_html`.

        Returns
        -------
        anywidget.AnyWidget
            With a trait ``selection``, a dict such as ``{"output": 1, "feature": 4, "row": 17}``,
            which follows the page, and which the page follows.

        Raises
        ------
        MissingExtraError
            anywidget is not installed.
        InvalidInputError
            An option is none of those above.

        Examples
        --------
        >>> from pellucid import KernelExplainer
        >>> explainer = KernelExplainer(lambda rows: rows.prod(axis=1), [[0.0, 0.0], [1.0, 1.0]])
        >>> widget = explainer.explain_local([[2.0, 3.0], [4.0, 5.0]]).widget()
        >>> widget.selection = {"row": 1}
        """
        return edge_function("dashboard", "widget")(
            self,
            title=title,
            language=language,
            true_labels=true_labels,
            compare_with=compare_with,
            selection=selection,
            texts=texts,
        )
