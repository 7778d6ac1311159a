"""``MimicExplainer`` beside interpret-community's: how faithful the surrogate is, and what it costs.

Both are given the same teacher, the same rows to learn from and the same rows to explain, in turns;
the teacher is one function of NumPy for both (``teachers.py``), run in each one's own process. Printed
are, for rows that neither saw:

* R2 of the surrogate's outputs (probabilities of a classifier, all classes together) and the share of
  rows for which surrogate and teacher predict the same class, by one function for all;
* CPU seconds to build the explainer and to explain all rows, medians of the repeats after one to
  warm up; and how many rows the teacher was asked.

interpret-community does not run beside a current NumPy: give it an environment of its own
(``CONTRIBUTING.md`` says how to make one).

    python benchmarks/mimic/compare.py --peer-python ~/peer/bin/python
    python benchmarks/mimic/compare.py --quick
"""

import surroundings  # noqa: F401, I001

import argparse
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path

import numpy as np

import teachers
from pellucid import LGBMExplainableModel, LinearExplainableModel, MimicExplainer
from pellucid._core.extras import is_installed
from pellucid.explainers.surrogates import KINDS as ALL_KINDS
from peers_side import Peer, Result
from printing import heading, machine, number, table
from subjects import ADULT, SUBJECTS, Absent, Subject, subject

KINDS = {"lightgbm": LGBMExplainableModel, "linear": LinearExplainableModel}
WAYS = {
    "no hybrids": {"augment_data": False},
    "2 hybrids per row": {"max_num_of_augmentations": 2},
    "as it comes": {},
}
TITLES = ("", "held-out R2", "same class", "build, s", "explain, s", "total, s", "rows asked")


def ours(given: Subject, surrogate: object, **options: object) -> Result:
    teacher = teachers.of(given.teacher)
    started = time.process_time()
    explainer = MimicExplainer(
        teacher,
        given.taught,
        surrogate,
        categorical_features=given.categorical,
        show_progress=False,
        n_jobs=1,
        **options,
    )
    built = time.process_time()
    explainer.explain_global(given.explained)
    done = time.process_time()
    surrogate = explainer.surrogate
    predict = surrogate.predict_proba if teacher.classes else surrogate.predict
    predicted = predict(given.explained)
    return Result(predicted, built - started, done - built, teacher.n_asked)


def fidelity(truth: np.ndarray, predicted: np.ndarray) -> tuple[float, float]:
    """Return R2 over all outputs, and the share of rows with the same largest one."""
    left = ((truth - predicted) ** 2).sum()
    whole = ((truth - truth.mean(axis=0)) ** 2).sum()
    return 1 - left / whole, float((truth.argmax(axis=1) == predicted.argmax(axis=1)).mean())


def measured(given: Subject, peer: Peer | None, surrogate: str, repeats: int):
    """Return the results of everyone, in turns; the first round is to warm up."""
    contenders = {
        f"pellucid, {way}": partial(ours, given, KINDS[surrogate], **options)
        for way, options in WAYS.items()
    }
    if peer is not None:
        contenders["interpret-community"] = partial(
            peer, given.teacher, given.taught, given.explained, surrogate, given.categorical
        )
    rounds = [{name: explain() for name, explain in contenders.items()} for _ in range(1 + repeats)]
    return {name: [results[name] for results in rounds[1:]] for name in contenders}


def shown(name: str, results: list[Result], truth: np.ndarray, n_taught: int):
    build = float(np.median([result.build for result in results]))
    explain = float(np.median([result.explain for result in results]))
    r2, same = fidelity(truth[n_taught:], results[0].predicted[n_taught:])
    agreement = f"{same:.3f}" if truth.shape[1] > 1 else ""
    cells = f"{r2:.3f}", agreement, *map(number, (build, explain, build + explain))
    return (name, *cells, f"{results[0].asked:,}"), r2, build + explain


def judged(name: str, figures: dict[str, tuple[float, float]]) -> None:
    """Say who is more faithful, and who is quicker."""
    peer = figures.pop("interpret-community", None)
    if peer is None:
        return
    for way, (r2, seconds) in figures.items():
        words = "met" if r2 >= peer[0] and seconds < peer[1] else "MISSED"
        print(
            f"{words}: {name}, {way}: R2 {r2 - peer[0]:+.3f}, time {seconds / peer[1]:.2f} of the peer's"
        )


def of_auto(given: Subject) -> None:
    """Compare what ``surrogate="auto"`` takes with every kind."""
    truth = teachers.of(given.teacher).outputs(given.held_out)
    n_outputs = max(1, int(given.teacher["n_classes"]))
    n_cells = given.taught.size * n_outputs
    at_hand = [kind for kind in ALL_KINDS if kind.package is None or is_installed(kind.package)]
    singles = [k for k in at_hand if k.most_cells is None or 10 * n_cells <= k.most_cells]
    for kind in at_hand:
        if kind not in singles:
            print(f"{given.title}: {kind.name} takes too long, and is left out by auto as well")
    n = len(given.taught)
    scores = {}
    for kind in (*singles, "auto"):
        found = ours(given, kind).predicted[n:]
        scores[str(kind)] = fidelity(truth, found)[0]
    best = max(r2 for kind, r2 in scores.items() if kind != "auto")
    word = "met" if scores["auto"] >= best - 0.01 else "MISSED"
    print(f"{word}: {given.title}, auto: R2 {scores['auto']:.3f}, the best single {best:.3f}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--peer-python", help="the interpreter of an environment with interpret-community")
    add("--problems", nargs="+", metavar="NAME", choices=SUBJECTS, default=[*SUBJECTS])
    add("--surrogates", nargs="+", choices=KINDS, default=[*KINDS])
    add("--repeats", type=int, default=3, help="after one to warm up; 3")
    add("--adult", type=Path, default=ADULT, help="the Adult census data as CSV")
    add("--no-auto", action="store_true", help="leave out the comparison of auto with each kind")
    add("--quick", action="store_true", help="tiny models: says nothing but that it runs")
    add("--markdown", action="store_true", help="print Markdown tables")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # of small networks
    print(machine() + (", quick" if arguments.quick else ""))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peer = Peer(arguments.peer_python, folder) if arguments.peer_python else None
        for title in arguments.problems:
            try:
                given = subject(title, quick=arguments.quick, path=arguments.adult)
            except Absent as reason:
                print(reason)
                continue
            truth = teachers.of(given.teacher).outputs(given.explained)
            for surrogate in arguments.surrogates:
                found = measured(given, peer, surrogate, arguments.repeats)
                shape = f"{len(given.taught):,} rows taught, {len(given.explained):,} explained"
                print(heading(f"{title}, {surrogate}: {shape}", markdown=arguments.markdown))
                lines, figures = [], {}
                for contender, results in found.items():
                    line, *figures[contender] = shown(contender, results, truth, len(given.taught))
                    lines.append(line)
                print(table(TITLES, lines, markdown=arguments.markdown))
                judged(f"{title}, {surrogate}", figures)
            if not arguments.no_auto:
                of_auto(given)
        if peer is not None:
            peer.stop()


if __name__ == "__main__":
    main()
