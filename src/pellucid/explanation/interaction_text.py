"""What the printed forms of interactions say; ``text.py`` and ``html.py`` draw it."""

import numpy as np

from pellucid.explanation.interaction_ranking import RankedInteractions
from pellucid.explanation.interactions import Interactions
from pellucid.explanation.summary import (
    MOST_BARS,
    Bar,
    Chart,
    Summary,
    counted,
    known,
    overall_chart,
    printable,
    printables,
    run_facts,
    shape_of,
)

_TIMES = " \N{MULTIPLICATION SIGN} "


def summarize_ranked(ranked: RankedInteractions) -> Summary:
    """Summarize the strongest interactions."""
    title = f"Interactions over {counted(ranked.num_examples, 'row')}: {shape_of(ranked)}"
    charts = (interaction_chart(ranked),) if len(ranked) else ()
    return Summary(title, run_facts(ranked.stats), charts, printables(ranked.stats.warnings))


def summarize_interactions(interactions: Interactions) -> Summary:
    """Summarize interactions: main effects, and the strongest pairs."""
    stats = interactions.stats
    title = f"Interactions of {counted(len(interactions), 'row')}: {shape_of(interactions)}"
    charts: tuple[Chart, ...] = ()
    if len(interactions):
        main = np.abs(interactions.main_effects()).mean(axis=0).mean(axis=1)
        ranked = interactions.top(MOST_BARS)
        charts = (overall_chart(interactions.features, main, None, "mean |main effect|"),)
        charts += (interaction_chart(ranked),) if len(ranked) else ()
    return Summary(title, run_facts(stats), charts, printables(stats.warnings))


def interaction_chart(ranked: RankedInteractions) -> Chart:
    """Return the strongest pairs as a chart."""
    errors = ranked.overall_std_error()
    bars = tuple(
        Bar(_TIMES.join(printable(name) for name in pair), "", float(value), known(errors, rank))
        for rank, (pair, value) in enumerate(zip(ranked.pairs, ranked.overall, strict=True))
    )
    return Chart("mean |interaction|", bars, ranked.n_pairs - len(bars), is_signed=False)
