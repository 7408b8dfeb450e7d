"""The files of a report: simulate, execute, render, publish; nothing half-written."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from partnering.inputs import Scenario, list_beside, list_scenarios, load_scenario, load_scenarios
from partnering.inputs.hindsight import load_hindsight
from partnering.inputs.load import BASE
from partnering.inquiry.coverage import coverage_folder
from partnering.inquiry.store import ANSWERS, Answers, answers
from partnering.report.kept import forget_others, keep, kept_notebook, parameters_of
from partnering.report.staging import move_into_place, stage
from partnering.results.access import forget_other_runs, results, run_folder
from partnering.results.digests import digest_files, showing_digest
from partnering.results.place import Place
from partnering.results.schema import COLUMNS
from partnering.results.stored import Results, run_key
from partnering.results.workers import Workers, cores

TEMPLATE = Path(__file__).with_name("template")
SCENARIO, INDEX, WORKBOOK = "scenario", "index.html", "workbook.xlsx"
WHOLE = {
    "brief": ("The brief", INDEX),
    "mind": ("What would change it", "mind.html"),
    "negotiation": ("Negotiation", "negotiation.html"),
    "evidence": ("Evidence", "evidence.html"),
    "hindsight": ("Hindsight", "hindsight.html"),
    "record": ("The model", "record.html"),
}
"""Pages on all scenarios, or on the leading one, by notebook: title and file."""

NO_HINDSIGHT = "no_hindsight"
DRAFT_BANNER = "Draft: some scenarios or a number of paths of its own. The full report is made by make report."
CELL_TIMEOUT_S = 300.0
SHORT_DIGEST = 12
SHOWN_DIGESTS = {"Inputs": "inputs", "Model": "model", "Report": "report", "Environment": "lock"}


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
    def keys(self) -> dict[str, str]:
        """The key of every run, by the name of its scenario or deal."""
        place = self.place
        runs = (*self.scenarios, *self.others)
        return {run.name: run_key(run, place.project, *place.run_size()) for run in runs}

    @cached_property
    def base(self) -> str:
        """The digest of the base case, which a scenario's page holds its own decisions against."""
        return load_scenario(BASE, self.place.params).digest

    @cached_property
    def workers(self) -> int:
        """Processes for each run that is to be simulated: more than one where there are fewer runs than cores."""
        folders = [run_folder(name, key, self.place) for name, key in self.keys.items()]
        return max(cores() // max(sum(not folder.is_dir() for folder in folders), 1), 1)

    @cached_property
    def beside(self) -> list[str]:
        """Keys of what pages on the whole report read beside runs: other files of params, the coverage there is."""
        coverage = coverage_folder(self.names[0], self.place)
        params = digest_files(list_beside(self.place.params), self.place.params)
        return [params, f"{coverage.name}: {coverage.is_dir()}"]

    @property
    def nav(self) -> list[tuple[str, str]]:
        """Every page of the report: title and file."""
        return [*WHOLE.values(), *((s.title, page_of(s.name)) for s in self.scenarios)]


Page = tuple[str, str, dict[str, str]]
"""A page: its notebook, its file and the parameters its notebook takes."""


def page_of(scenario: str) -> str:
    """Return the file name of a scenario's page."""
    return f"{SCENARIO}-{scenario}.html"


def notebook_of(order: Order, page: str) -> str:
    """Return the notebook of a page on all scenarios: where no later facts are on record, one that says so."""
    known = page != "hindsight" or load_hindsight(order.place.params, order.scenarios[0])
    return page if known else NO_HINDSIGHT


def plan_report(names: Sequence[str], place: Place, target: Path, draft: bool) -> Order:
    """Return what a report of these scenarios is made of; no names: all, and the other deals. Raises InputError."""
    scenarios = load_scenarios(names or list_scenarios(place.params), place.params)
    deals = () if names else load_scenarios(list_scenarios(place.params, "deals"), place.params)
    return Order(place, scenarios, deals, target, draft)


def publish_report(order: Order, say: Callable[[str], None]) -> list[str]:
    """Make every file of a report and put them in place together; return their names, the index first."""
    pages = _pages(order)
    runs, asked = _make_pages(order, pages, say)
    published = [
        *(file for _, file in WHOLE.values()),
        *(page_of(name) for name in order.names),
        *_copy_tables(order, runs, asked),
        WORKBOOK,
    ]
    move_into_place(order.build, order.target, published, last=INDEX)
    if not order.draft:
        forget_other_runs(order.place, runs)
        forget_others(order.place.reports, {kept_page(order, *page) for page in pages})
    shutil.rmtree(order.build, ignore_errors=True)
    return published


def _make_pages(order: Order, pages: list[Page], say: Callable[[str], None]) -> tuple[list[Results], Answers]:
    """Simulate and render every scenario, ask the leading one, make the other files; return what was found."""
    stage(order.build)
    started, runs, total = time.monotonic(), {}, len(order.names) + len(order.deals)
    work: list[Work] = [(make_page, (order, *page)) for page in pages if page[0] == SCENARIO]
    work += [(results, (deal, order.place, order.workers)) for deal in order.deals]
    with Workers(cores(), "spawn") as pool:
        for done, run in enumerate(_each(pool, work), start=1):
            name = run.manifest["scenario"]
            runs[name] = run
            elapsed = time.monotonic() - started
            left = elapsed / done * (total - done)
            say(f"{done}/{total} {name}: ready; {elapsed:.0f} s so far, about {left:.0f} s left, then what it is asked")
        asked = answers(order.names[0], order.place, say)
        found = [runs[name] for name in (*order.names, *order.deals)]
        work = [(write_report_workbook, (order, found)), *((make_page, (order, *p)) for p in pages if p[0] != SCENARIO)]
        for _ in _each(pool, work):
            pass
    say(f"The brief is rendered; {time.monotonic() - started:.0f} s in all")
    return found, asked


def _pages(order: Order) -> list[Page]:
    """Return every page of the report: its notebook, its file and the parameters its notebook takes."""
    names = {"scenario": order.names[0], "scenarios": ",".join(order.names), "deals": ",".join(order.deals)}
    pages = [(SCENARIO, page_of(name), {"scenario": name}) for name in order.names]
    for page, (_, file) in WHOLE.items():
        notebook = notebook_of(order, page)
        taken = parameters_of(source_of(order, notebook))
        pages.append((notebook, file, {name: value for name, value in names.items() if name in taken}))
    return pages


def source_of(order: Order, notebook: str) -> Path:
    """Return the file of a notebook."""
    return order.place.project / "notebooks" / f"{notebook}.ipynb"


def kept_page(order: Order, notebook: str, page: str, parameters: dict[str, str]) -> Path:
    """Return where the executed notebook of a page is kept, by all that it reads: runs it is told of, code, files."""
    told = [name for names in parameters.values() for name in names.split(",") if name]
    beside = [order.base] if notebook == SCENARIO else order.beside
    read = [*(order.keys[name] for name in told), *beside, showing_digest()]
    return kept_notebook(order.place.reports, page, source_of(order, notebook), parameters, read)


Work = tuple[Callable[..., Results | None], tuple[Any, ...]]
"""What a worker calls, and with what: a page returns the run behind it."""


def _each(pool: ProcessPoolExecutor, work: list[Work]) -> Iterator[Any]:
    """Yield what each piece of work returns as it is done, in processes: papermill changes the folder."""
    yield from (job.result() for job in as_completed([pool.submit(call, *of) for call, of in work]))


def make_page(order: Order, notebook: str, page: str, parameters: dict[str, str]) -> Results:
    """Simulate the leading scenario of a page and execute the notebook, unless they are kept, and render the page."""
    from partnering.report.execute import execute_notebook
    from partnering.report.publish import render_page

    place, run = order.place, results(parameters["scenario"], order.place, order.workers)
    place.tell_kernels()
    kept = kept_page(order, notebook, page, parameters)
    if not kept.is_file():
        executed = order.build / f"{Path(page).stem}.ipynb"
        execute_notebook(source_of(order, notebook), executed, parameters, CELL_TIMEOUT_S)
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


def write_report_workbook(order: Order, runs: Sequence[Results]) -> None:
    """Stage the workbook of the report."""
    from partnering.report.workbook import write_workbook

    facts = describe(runs[0], order.draft)
    write_workbook(order.build / WORKBOOK, order.scenarios[0], runs[: len(order.names)], facts)
