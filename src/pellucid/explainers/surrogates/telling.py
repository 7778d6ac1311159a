"""What stats tell of a surrogate: how it was taught, and how far to trust it."""

import numpy as np

from pellucid.explainers.surrogates.lessons import Curriculum
from pellucid.explanation.fidelity import Fidelity


def facts_of(curriculum: Curriculum, n_given: int) -> tuple[tuple[str, str], ...]:
    """Return what the stats tell of how the surrogate was taught, of so many reference rows."""
    n_hybrids = curriculum.taught.rows.n_rows - (
        curriculum.n_examples - curriculum.held_out.rows.n_rows
    )
    facts = [("surrogate learned from", f"{curriculum.n_examples:,} reference rows")]
    if n_hybrids > 0:
        facts.append(("and from", f"{n_hybrids:,} hybrids of them"))
    facts.append(("model rows evaluated to teach it", f"{curriculum.n_evaluations:,}"))
    if curriculum.n_examples < n_given:
        outputs = curriculum.held_out.outputs
        error = outputs.std(axis=0, ddof=1).max() / np.sqrt(curriculum.n_examples)
        facts.append(
            (
                "sampling error",
                (
                    f"{curriculum.n_examples:,} of {n_given:,} reference rows were used; "
                    f"their mean prediction has a standard error of {error:.2g}"
                ),
            )
        )
    return tuple(facts)


def warnings_of(fidelity: Fidelity) -> tuple[str, ...]:
    """Return what a careful reader should know of values that are a surrogate's."""
    follows = f"R² {fidelity.overall_r2:.3f} on {fidelity.n_rows:,} held-out rows"
    if not np.isnan(fidelity.r2_hybrids):
        follows += f", {fidelity.r2_hybrids:.3f} on hybrid rows"
    rule = f"values are those of a surrogate, {fidelity.surrogate}: {follows}"
    if fidelity.verdict == "faithful":
        return (rule,)
    if fidelity.verdict == "use with correction":
        return (
            rule,
            (
                "the surrogate misses much of the model: pass correct=True, more "
                "initialization_examples, or another surrogate"
            ),
        )
    return (
        rule,
        (
            "the surrogate does not follow the model: do not rely on these values; "
            "use KernelExplainer, or correct=True"
        ),
    )
