"""How fast trees are explained: pellucid beside everything else that installs, one thread each.

Times are CPU seconds of whole public calls, ``explain_local(X)`` with the model's own predictions
in ours; medians of repeats in which contenders take turns, so that a busy machine slows all alike.
Each contender explains as many of the same rows as it needs for a steady time; one that pays for
every call is given so many that this hardly counts. Each runs in a process of its own, and what goes
wrong there is its entry in the table. "difference" is the largest one to our values, relative to
the largest of these: a fast contender may be a wrong one.

    python benchmarks/trees/run.py --quick
    python benchmarks/trees/run.py --models lightgbm-31 --games interventional --background 1000
"""

import one_thread  # noqa: F401, I001 - before the libraries read how many threads they may use

import argparse
import json
import statistics
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import get_args

import numpy as np

from ensembles import ENSEMBLES, fitted
from peers import OURS, PEERS, PREDICT, Game, installed_version
from printing import heading, machine, number, table
from timing import steady
from workers import ContenderError, Question, Worker

N_COMPARED = 50


@dataclass
class Measurement:
    """What one contender needed for one question, or why it has no answer."""

    contender: str
    preparation: float = np.nan
    n_rows: int = 0
    seconds: list[float] = field(default_factory=list)
    difference: float = np.nan
    reason: str = ""

    @property
    def rows_per_second(self) -> float:
        return self.n_rows / statistics.median(self.seconds) if not self.reason else np.nan


def main():
    arguments = parsed()
    print(machine() + (", quick: 25 times fewer trees" if arguments.quick else ""))
    print(", ".join(f"{name} {installed_version(name)}" for name in arguments.peers))
    workers = [Worker(name, arguments.limit, arguments.budget) for name in arguments.peers]
    answers = []
    for name in arguments.models:
        model = fitted(name, cache=arguments.cache, quick=arguments.quick)
        for question in questions(model, arguments):
            title = f"{ENSEMBLES[name].title}: {asked(question)}"
            print(heading(title, markdown=arguments.markdown), flush=True)
            found = compare(workers, question, arguments)
            print(table_of(found, markdown=arguments.markdown), flush=True)
            answers.append((title, found))
    for worker in workers:
        worker.stop()
    print(heading("All questions, rows per second", markdown=arguments.markdown))
    print(summary(answers, arguments.peers, markdown=arguments.markdown))
    if arguments.json is not None:
        found = [{"title": title, "found": [asdict(m) for m in ms]} for title, ms in answers]
        arguments.json.write_text(json.dumps(found, indent=1))


def parsed():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    games = get_args(Game)
    several = {"nargs": "+", "metavar": "NAME"}
    add = parser.add_argument
    add("--models", **several, choices=ENSEMBLES, default=[*ENSEMBLES], help=", ".join(ENSEMBLES))
    add("--games", "--semantics", **several, choices=games, default=games, help=", ".join(games))
    add("--peers", **several, choices=PEERS, default=[*PEERS], help=", ".join(PEERS))
    add("--background", nargs="+", type=int, metavar="M", help="reference rows; 100 1000 10000")
    add("--rows", type=int, help="most rows that anyone explains; 10,000")
    add("--repeats", type=int, help="timings of each, of which the median counts; 5")
    add("--seconds", type=float, help="that a peer's timing should take; 2")
    add("--limit", type=float, help="seconds after which a call is stopped; 100")
    add("--budget", type=float, help="seconds for a peer and a question in all; five times limit")
    add("--quick", action="store_true", help="25 times fewer trees, fewer rows and repeats")
    add("--markdown", action="store_true", help="print Markdown tables")
    add("--json", type=Path, help="file to write the timings to")
    add("--cache", type=Path, help="folder of the fitted models; a temporary one")
    arguments = parser.parse_args()
    quick = arguments.quick
    arguments.background = arguments.background or ([100] if quick else [100, 1_000, 10_000])
    arguments.rows = arguments.rows or (1_000 if quick else 10_000)
    arguments.repeats = arguments.repeats or (2 if quick else 5)
    arguments.seconds = arguments.seconds or (0.2 if quick else 2.0)
    arguments.limit = arguments.limit or (10.0 if quick else 100.0)
    arguments.budget = arguments.budget or 5.0 * arguments.limit
    return arguments


def questions(model: Path, arguments: argparse.Namespace) -> Iterator[Question]:
    for game in arguments.games:
        for n_background in arguments.background if game == "interventional" else [0]:
            yield Question(model, game, n_background, arguments.rows)


def asked(question: Question) -> str:
    if question.game == "interactions":
        return "interactions, path-dependent"
    if question.game == "path-dependent":
        return question.game
    return f"interventional, {question.n_background:,} reference rows"


def compare(
    workers: list[Worker], question: Question, arguments: argparse.Namespace
) -> list[Measurement]:
    """Measure all contenders on the same rows, in turns."""
    found = [Measurement(worker.name) for worker in workers]
    pairs = list(zip(workers, found, strict=True))
    for worker, measurement in pairs:
        # Ours and predictions are quick: they explain all rows unless that takes too long.
        target = arguments.seconds * (10 if worker.name in {OURS, PREDICT} else 1)
        noting(measurement, partial(size_up, worker, measurement, question, target))
    for _ in range(arguments.repeats):
        for worker, measurement in pairs:
            # What has taken so long is steady enough, and what it has is better than nothing.
            taken = measurement.seconds
            if sum(taken) < 20 * arguments.seconds and not (taken and worker.left < 2 * taken[-1]):
                noting(measurement, partial(time_once, worker, measurement))
    reference = np.empty(0)
    for worker, measurement in pairs:
        if worker.name != PREDICT:
            noting(measurement, partial(compare_values, worker, measurement, reference))
            if not len(reference) and not measurement.reason:
                reference = worker.values(min(N_COMPARED, measurement.n_rows))
    return found


def noting(measurement, step):
    """Take a step of a contender that has not failed yet, and note why it fails if it does."""
    if not measurement.reason:
        try:
            step()
        except ContenderError as error:
            measurement.reason = str(error)


def size_up(worker: Worker, measurement: Measurement, question: Question, target: float) -> None:
    """Prepare a contender, warm it up, and settle how many rows give a steady time.

    Times at two numbers of rows tell what a call costs and what a row costs; a timing should take
    ``target`` seconds, and the call itself be a fifth of it at most, as far as rows and limit allow.
    """
    measurement.preparation = worker.prepare(question)
    n = measurement.n_rows = min(PEERS[worker.name].fewest_rows, question.n_rows)
    seconds = steady(worker.explain, n)
    if n == question.n_rows or (n == 1 and seconds > target):
        return
    while True:
        before, n_before = seconds, n
        n = min(4 * n, question.n_rows)
        seconds = steady(worker.explain, n)
        if n == question.n_rows or seconds > target / 4:
            break
    per_row = max(seconds - before, 1e-9) / (n - n_before)
    per_call = max(seconds - n * per_row, 0.0)
    wanted = min(max(target, 5.0 * per_call), worker.limit / 2.0)
    measurement.n_rows = int(np.clip((wanted - per_call) / per_row, 1, question.n_rows))


def time_once(worker: Worker, measurement: Measurement) -> None:
    measurement.seconds.append(worker.explain(measurement.n_rows))


def compare_values(worker: Worker, measurement: Measurement, reference: np.ndarray) -> None:
    """Say how far a contender is from the first one that explains: ours, or else shap."""
    if not len(reference):
        return
    n = min(len(reference), measurement.n_rows)
    if worker.left < 2 * statistics.median(measurement.seconds):
        return
    difference = np.abs(worker.values(n) - reference[:n])
    if difference.ndim == 3:  # what remains on the diagonal is no interaction
        difference[:, *np.diag_indices(difference.shape[1])] = 0.0
    measurement.difference = float(difference.max() / np.abs(reference[:n]).max())


def table_of(found: list[Measurement], *, markdown: bool) -> str:
    """Return a line for each contender that answers, and below them why others do not."""
    ours = next((m.rows_per_second for m in found if m.contender == OURS), np.nan)
    titles = ("", "rows", "rows/s", "ours is", "to construct", "difference")
    lines = []
    for m in found:
        if m.reason:
            continue
        ratio = ours / m.rows_per_second
        times = f"{number(ratio)} x" if m.contender != OURS and ratio > 0 else ""
        preparation = f"{number(m.preparation)} s" if m.contender != PREDICT else ""
        difference = f"{m.difference:.0e}" if m.difference >= 0 else ""
        speed = number(m.rows_per_second)
        lines.append((m.contender, f"{m.n_rows:,}", speed, times, preparation, difference))
    reasons = "; ".join(f"{m.contender}: {m.reason}" for m in found if m.reason)
    gap = "\n\n" if markdown else "\n"
    return table(titles, lines, markdown=markdown) + (f"{gap}Without: {reasons}" if reasons else "")


def summary(answers, names: list[str], *, markdown: bool) -> str:
    """Return one line for each question, with how many times as fast as the best peer ours is."""
    lines = []
    for title, found in answers:
        speed = {m.contender: m.rows_per_second for m in found}
        best = max(
            (s for name, s in speed.items() if name not in {OURS, PREDICT} and s > 0), default=0
        )
        ours = speed.get(OURS, np.nan)
        ratio = f"{number(ours / best)} x" if best and ours > 0 else "-"
        lines.append((title, *(number(s) if s > 0 else "-" for s in speed.values()), ratio))
    return table(("", *names, "ours / best"), lines, markdown=markdown)


if __name__ == "__main__":
    main()
