"""What a user is told whose estimates are unsure."""

import numpy as np

from pellucid.explanation.stats import ReferenceUse

UNSURE = 0.25
"""Share of a row's values that their standard errors may be without a word."""


def how_to_be_surer(use: ReferenceUse) -> str | None:
    """Return what makes estimates of the default budget surer, where they are unsure."""
    if not UNSURE < use.relative_std_error < np.inf:
        return None
    return (
        f"with the default budget, the standard errors of the least sure row are "
        f"{use.relative_std_error:.0%} of its values; target_se=0.1 makes them 10% at most"
    )
