"""The whole report: check every scenario, simulate, execute, render, publish; nothing half-written."""

import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from partnering.inputs import Scenario, list_beside, list_scenarios, load_scenarios
from partnering.inputs.hindsight import load_hindsight
from partnering.inquiry.coverage import coverage_folder
from partnering.inquiry.store import ANSWERS, Answers, answers
from partnering.report.errors import ReportError
from partnering.report.kept import forget_others, keep, kept_notebook
from partnering.report.staging import finish_interrupted_move, move_into_place, report_lock, stage
from partnering.results.access import Place, forget_other_runs, results
from partnering.results.digests import digest_files, report_digest, showing_digest
from partnering.results.schema import COLUMNS
from partnering.results.stored import IdentityError, Results, run_key
from partnering.results.workers import Workers

TEMPLATE = Path(__file__).with_name("template")
SCENARIO, INDEX, WORKBOOK = "scenario", "index.html", "workbook.xlsx"
WHOLE = {
    "brief": ("The brief", INDEX),
    "mind": ("What would change it", "mind.html"),
    "negotiation": ("Negotiation", "negotiation.html"),
    "evidence": ("Evidence", "evidence.html"),
    "hindsight": ("Hindsight", "hindsight.html"),
    "convergence": ("Convergence", "convergence.html"),
    "record": ("The model", "record.html"),
}
"""Pages on all scenarios, or on the leading one, by notebook: title and file."""

NO_HINDSIGHT = "no_hindsight"
BUILT = ".built.json"
DRAFT_BANNER = "Draft: some scenarios or a number of paths of its own. The full report is made by make report."
WORKERS = 2
CELL_TIMEOUT_S = 300.0
SHORT_DIGEST = 12
SHOWN_DIGESTS = {"Inputs": "inputs", "Model": "model", "Report": "report", "Environment": "lock"}
REFUSALS = (ReportError, IdentityError)
"""What a report may fail with once its inputs hold: one line, exit code 1, the last good report untouched."""


@dataclass(frozen=True)
class Order:
    """What is to be made: which scenarios, the first of them leading, and where it goes."""

    place: Place
    scenarios: tuple[Scenario, ...]
    others: tuple[Scenario, ...]  # other deals, shown beside the leading scenario's
    target: Path
    draft: bool

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the scenarios, the leading one first."""
        return tuple(scenario.name for scenario in self.scenarios)

    @property
    def deals(self) -> tuple[str, ...]:
        """Names of the other deals."""
        return tuple(deal.name for deal in self.others)

    @property
    def build(self) -> Path:
        """The folder pages are made in."""
        return self.place.reports / ".build"

    @cached_property
    def read(self) -> list[str]:
        """Keys of what pages on all scenarios read: each run, other files of params, the coverage there is."""
        place, coverage = self.place, coverage_folder(self.names[0], self.place)
        keys = [run_key(run, place.project, *place.run_size()) for run in (*self.scenarios, *self.others)]
        return [*keys, digest_files(list_beside(place.params), place.params), f"{coverage.name}: {coverage.is_dir()}"]

    @property
    def nav(self) -> list[tuple[str, str]]:
        """Every page of the report: title and file."""
        return [*WHOLE.values(), *((s.title, page_of(s.name)) for s in self.scenarios)]


def page_of(scenario: str) -> str:
    """Return the file name of a scenario's page."""
    return f"{SCENARIO}-{scenario}.html"


def notebook_of(order: Order, page: str) -> str:
    """Return the notebook of a page on all scenarios: where no later facts are on record, one that says so."""
    known = page != "hindsight" or load_hindsight(order.place.params, order.scenarios[0])
    return page if known else NO_HINDSIGHT


def make_report(names: Sequence[str], paths: int | None, place: Place, say: Callable[[str], None]) -> Path:
    """Make the report, or with names or paths given a draft; return its index.

    Raises InputError before anything is simulated, and ExecutionError, PublishError, IdentityError or LockedError
    with the last good report left as it was.
    """
    draft = bool(names or paths)
    target = place.reports / "draft" if draft else place.reports
    with report_lock(place.reports):
        finish_interrupted_move(target)
        place = Place(place.project.resolve(), place.reports.resolve(), paths)
        scenarios = load_scenarios(names or list_scenarios(place.params), place.params)
        deals = () if names else load_scenarios(list_scenarios(place.params, "deals"), place.params)
        order = Order(place, scenarios, deals, target, draft)
        key = order_key(order)
        if is_current(target, key):
            say(f"Nothing changed; {os.path.relpath(target / INDEX)} is up to date.")
            return target / INDEX
        (target / BUILT).unlink(missing_ok=True)
        runs, asked = _make_pages(order, say)
        published = [
            *(file for _, file in WHOLE.values()),
            *(page_of(name) for name in order.names),
            *_copy_tables(order, runs, asked),
            _write_workbook(order, runs),
        ]
        move_into_place(order.build, target, published, last=INDEX)
        _remember(target, key, published)
        if not draft:
            forget_other_runs(place, runs)
            forget_others(place.reports, {kept_page(order, *page) for page in _pages(order)})
        shutil.rmtree(order.build, ignore_errors=True)
    return target / INDEX


def order_key(order: Order) -> str:
    """Return the digest of everything the published pages depend on."""
    return hashlib.sha256("/".join([*order.read, report_digest(order.place.project)]).encode()).hexdigest()


def kept_page(order: Order, notebook: str, page: str, parameters: dict[str, str]) -> Path:
    """Return where the executed notebook of a page is kept, by all that it reads."""
    place, one = order.place, order.names.index(parameters["scenario"])
    read = [order.read[one]] if notebook == SCENARIO else order.read
    source = place.project / "notebooks" / f"{notebook}.ipynb"
    return kept_notebook(place.reports, page, source, parameters, [*read, showing_digest()])


def is_current(target: Path, key: str) -> bool:
    """Return whether this very report is published and every file of it is as it was written."""
    try:
        built = json.loads((target / BUILT).read_text("utf-8"))
        files = [target / name for name in built["files"]]
        return built["key"] == key and built["digest"] == digest_files(files, target)
    except (OSError, ValueError, KeyError):
        return False


def _remember(target: Path, key: str, files: Sequence[str]) -> None:
    built = {"key": key, "files": files, "digest": digest_files([target / name for name in files], target)}
    (target / BUILT).write_text(json.dumps(built, indent=1) + "\n", "utf-8")


def _make_pages(order: Order, say: Callable[[str], None]) -> tuple[list[Results], Answers]:
    """Simulate and render every scenario, ask the leading one, render the other pages; return what was found."""
    stage(order.build)
    started, runs, total = time.monotonic(), {}, len(order.names) + len(order.deals)
    work: list[Work] = [
        *((make_page, (order, *page)) for page in _pages(order) if page[0] == SCENARIO),
        *((results, (deal, order.place)) for deal in order.deals),
    ]
    for done, run in enumerate(_in_workers(work), start=1):
        name = run.manifest["scenario"]
        runs[name] = run
        elapsed = time.monotonic() - started
        left = elapsed / done * (total - done)
        say(f"{done}/{total} {name}: ready; {elapsed:.0f} s so far, about {left:.0f} s left, then what it is asked")
    asked = answers(order.names[0], order.place, say)
    list(_in_workers([(make_page, (order, *page)) for page in _pages(order) if page[0] != SCENARIO]))
    say(f"The brief is rendered; {time.monotonic() - started:.0f} s in all")
    return [runs[name] for name in (*order.names, *order.deals)], asked


def _pages(order: Order) -> list[tuple[str, str, dict[str, str]]]:
    """Return every page of the report: its notebook, its file and its parameters."""
    names = {"scenario": order.names[0], "scenarios": ",".join(order.names), "deals": ",".join(order.deals)}
    whole = [(notebook_of(order, page), file, names) for page, (_, file) in WHOLE.items()]
    return [*((SCENARIO, page_of(name), {"scenario": name}) for name in order.names), *whole]


Work = tuple[Callable[..., Results], tuple[Any, ...]]
"""What a worker calls, and with what: it returns the run behind it."""


def _in_workers(work: list[Work]) -> Iterator[Results]:
    """Yield the run behind each piece of work as it is done, in processes: papermill changes the folder."""
    with Workers(min(WORKERS, len(work)), "spawn") as pool:
        jobs = [pool.submit(call, *of) for call, of in work]
        yield from (job.result() for job in as_completed(jobs))


def make_page(order: Order, notebook: str, page: str, parameters: dict[str, str]) -> Results:
    """Simulate the leading scenario of a page and execute the notebook, unless they are kept, and render the page."""
    from partnering.report.execute import execute_notebook
    from partnering.report.publish import render_page

    place, run = order.place, results(parameters["scenario"], order.place)
    place.tell_kernels()
    kept = kept_page(order, notebook, page, parameters)
    if not kept.is_file():
        executed = order.build / f"{Path(page).stem}.ipynb"
        execute_notebook(place.project / "notebooks" / f"{notebook}.ipynb", executed, parameters, CELL_TIMEOUT_S)
        keep(executed, kept)
    banner = DRAFT_BANNER if order.draft else ""
    text = render_page(kept, TEMPLATE, order.nav, {"Workbook": WORKBOOK} | describe(run, order.draft), page, banner)
    (order.build / page).write_text(text, encoding="utf-8", newline="\n")
    return run


def describe(run: Results, draft: bool) -> dict[str, object]:
    """Return where a page comes from, for its footer."""
    made = run.manifest
    return {
        "Status": "draft, not the full report" if draft else "full report",
        "Valuation date": made["valuation_date"],
        **{label: made["digests"][name][:SHORT_DIGEST] for label, name in SHOWN_DIGESTS.items()},
        "Seed": made["seed"],
        "Paths": f"{made['paths']:,}",
        **{label: made["platform"][label.lower()] for label in ("Python", "NumPy", "SciPy")},
    }


def _copy_tables(order: Order, runs: Sequence[Results], asked: Answers) -> list[str]:
    """Stage the tables of every run, and the answers of the leading one, as downloads; return their names."""
    files = {f"tables/{order.names[0]}/{table}.csv": asked.folder / f"{table}.csv" for table in ANSWERS}
    for run in runs:
        for name in (*(f"{table}.csv" for table in COLUMNS), "manifest.json"):
            files[f"tables/{run.manifest['scenario']}/{name}"] = run.folder / name
    for target, source in files.items():
        (order.build / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, order.build / target)
    return list(files)


def _write_workbook(order: Order, runs: Sequence[Results]) -> str:
    """Stage the workbook of the report and return its name."""
    from partnering.report.workbook import write_workbook

    facts = describe(runs[0], order.draft)
    write_workbook(order.build / WORKBOOK, order.scenarios[0], runs[: len(order.names)], facts)
    return WORKBOOK


def to_stderr(text: str) -> None:
    """Print a line of progress."""
    print(text, file=sys.stderr, flush=True)
