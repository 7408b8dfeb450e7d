"""The files of a report: simulate, execute, render, publish; nothing half-written."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from operator import call
from pathlib import Path
from time import monotonic

from partnering.analysis.store import DIGESTS, Answers, answers
from partnering.inputs import Scenario, list_beside, list_scenarios, load_scenario, load_scenarios
from partnering.inputs.hindsight import load_hindsight
from partnering.inputs.load import BASE
from partnering.report.kept import find_kept, forget_others, keep, key_of, parameters_of
from partnering.report.staging import BUILD, EXECUTED, INDEX, move_into_place, stage
from partnering.results.access import forget_other_runs, results
from partnering.results.digests import digest_files, showing_digest
from partnering.results.parallel import cores, in_order
from partnering.results.place import Place
from partnering.results.stored import Results

TEMPLATE = Path(__file__).with_name("template")
SCENARIO, WORKBOOK = "scenario", "workbook.xlsx"
WHOLE = {
    "brief": ("The brief", INDEX),
    "scenarios": ("Scenarios", "scenarios.html"),
    "sensitivity": ("What would change it", "sensitivity.html"),
    "negotiation": ("Negotiation", "negotiation.html"),
    "evidence": ("Evidence", "evidence.html"),
    "hindsight": ("Hindsight", "hindsight.html"),
    "model": ("The model", "model.html"),
}
"""Pages on all scenarios, or on the leading one, by notebook: title and file."""

HINDSIGHT = "hindsight"
"""The page that is absent where no later facts are on record about the leading scenario's deal."""

DRAFT_BANNER = "Draft: some scenarios or a number of paths of its own. The full report is made by make report."
CELL_TIMEOUT_S = 300.0
SHORT_DIGEST = 12
SHOWN_DIGESTS = {"Inputs": "inputs", "Model": "model", "Report": "report", "Environment": "lock"}


@dataclass(frozen=True)
class Order:
    """What is to be made: which scenarios, the first of them leading, and where it goes."""

    place: Place
    scenarios: tuple[Scenario, ...]
    deals: tuple[Scenario, ...]  # shown beside the leading scenario's
    target: Path
    draft: bool

    @property
    def build(self) -> Path:
        """The folder pages are made in."""
        return self.place.reports / BUILD

    @property
    def executed(self) -> Path:
        """The folder executed notebooks are kept in."""
        return self.place.reports / EXECUTED

    @cached_property
    def whole(self) -> dict[str, tuple[str, str]]:
        """Title and file of the pages on all scenarios, by notebook."""
        looks_back = load_hindsight(self.place.params, self.scenarios[0])
        return {notebook: page for notebook, page in WHOLE.items() if notebook != HINDSIGHT or looks_back}

    def nav(self, file: str) -> list[tuple[str, str]]:
        """Return title and file of the pages that one leads to: those on all scenarios, and itself."""
        own = [(f"Scenario: {s.title}", file) for s in self.scenarios if page_of(s.name) == file]
        return [*self.whole.values(), *own]


@dataclass(frozen=True)
class Page:
    """One page: its notebook with the parameters it takes, the file it becomes, and the key of all it is made of."""

    source: Path
    parameters: dict[str, str]
    file: str
    key: str


def page_of(scenario: str) -> str:
    """Return the file name of a scenario's page."""
    return f"{SCENARIO}-{scenario}.html"


def plan_report(names: Sequence[str], place: Place, target: Path, draft: bool) -> Order:
    """Return what a report of these scenarios is made of; no names: all, and the other deals. Raises InputError."""
    scenarios = load_scenarios(names or list_scenarios(place.params), place.params)
    deals = () if names else load_scenarios(list_scenarios(place.params, "deals"), place.params)
    return Order(place, scenarios, deals, target, draft)


def publish_report(order: Order, key: str, say: Callable[[str], None]) -> None:
    """Simulate what is not stored, make every file of a report, and put them in place together under its key."""
    from partnering.report.workbook import write_workbook

    stage(order.build)
    started, runs = monotonic(), simulate_all(order, say)
    facts = {name: describe(run, order.draft) for name, run in runs.items()}
    leading, shown = order.scenarios[0], [runs[scenario.name] for scenario in order.scenarios]
    asked = answers(leading.name, order.place, say)
    pages = list_pages(order, {name: run.folder.name for name, run in runs.items()})
    workbook = partial(write_workbook, order.build / WORKBOOK, leading, shown, facts[leading.name])
    jobs: list[Callable[[], Path | None]] = [workbook]
    for page in pages:
        footer = {"Workbook": WORKBOOK} | facts[page.parameters.get(SCENARIO, leading.name)]
        jobs.append(partial(make_page, order, page, footer))
    kept = set(in_order(call, jobs, cores()))
    say(f"The brief is rendered; {monotonic() - started:.0f} s in all")
    tables = copy_tables(order.build, list(runs.values()), asked)
    move_into_place(order.build, order.target, [*(page.file for page in pages), *tables, WORKBOOK], key)
    if not order.draft:
        forget_other_runs(order.place, list(runs.values()))
        forget_others(order.executed, kept)
    shutil.rmtree(order.build, ignore_errors=True)


def simulate_all(order: Order, say: Callable[[str], None]) -> dict[str, Results]:
    """Return the run of every scenario, deal and the base case by its name, stored or made now; say how far it is."""
    names = list(dict.fromkeys([*(scenario.name for scenario in (*order.scenarios, *order.deals)), BASE]))
    started = monotonic()
    runs = {names[0]: results(names[0], order.place, cores())}  # alone, so that it has every core
    others = in_order(call, [partial(results, name, order.place) for name in names[1:]], cores())
    for done, name in enumerate(names, start=1):
        if name not in runs:
            runs[name] = next(others)
        elapsed = monotonic() - started
        left = elapsed / done * (len(names) - done)
        say(
            f"{done}/{len(names)} {name}: ready; {elapsed:.0f} s so far, about {left:.0f} s left, then what it is asked"
        )
    return runs


def list_pages(order: Order, stored: Mapping[str, str]) -> list[Page]:
    """Return every page of the report, scenarios first; `stored` is the key of each run, by the name of its scenario.

    A page is made of its notebook, the runs it is told of, files of params beside them, and the code behind them.
    """
    lead, params = order.scenarios[0], order.place.params
    names = {SCENARIO: lead.name, "scenarios": _list(order.scenarios), "deals": _list(order.deals)}
    own = {s.name: {SCENARIO: s.name, "base": BASE} for s in order.scenarios}
    found = [(SCENARIO, page_of(name), told) for name, told in own.items()]
    found += [(notebook, file, names) for notebook, (_, file) in order.whole.items()]
    read = [load_scenario(BASE, params).digest, digest_files(list_beside(params), params), showing_digest()]
    pages = []
    for notebook, file, told in found:
        source = order.place.project / "notebooks" / f"{notebook}.ipynb"
        taken = parameters_of(source)
        parameters = {name: value for name, value in told.items() if name in taken}
        runs = [stored[name] for value in parameters.values() for name in value.split(",") if name]
        pages.append(Page(source, parameters, file, key_of(source, parameters, [*runs, *read])))
    return pages


def make_page(order: Order, page: Page, footer: Mapping[str, object]) -> Path:
    """Execute the notebook of a page, unless it is kept, and render the page; return where the notebook is kept.

    papermill changes the working folder: one process a page.
    """
    from partnering.report.execute import execute_notebook
    from partnering.report.publish import render_page

    kept = find_kept(order.executed, page.file, page.key)
    if kept is None:
        order.place.tell_kernels()
        executed = order.build / f"{Path(page.file).stem}.ipynb"
        execute_notebook(page.source, executed, page.parameters, CELL_TIMEOUT_S)
        kept = keep(executed, order.executed, page.file, page.key)
    banner = DRAFT_BANNER if order.draft else ""
    text = render_page(kept, TEMPLATE, order.nav(page.file), footer, page.file, banner)
    (order.build / page.file).write_text(text, encoding="utf-8", newline="\n")
    return kept


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


def copy_tables(build: Path, runs: Sequence[Results], asked: Answers) -> list[str]:
    """Stage the tables of every run, and the answers of the first, as downloads; return their names."""
    tables, leading = build / "tables", runs[0].manifest["scenario"]
    for name, folder in [(leading, asked.folder), *((run.manifest["scenario"], run.folder) for run in runs)]:
        (tables / name).mkdir(parents=True, exist_ok=True)
        for file in sorted(folder.iterdir()):
            if file.suffix != ".npz" and file.name != DIGESTS:
                shutil.copyfile(file, tables / name / file.name)
    return [file.relative_to(build).as_posix() for file in tables.rglob("*") if file.is_file()]


def _list(scenarios: Sequence[Scenario]) -> str:
    """Return names as a notebook takes them."""
    return ",".join(scenario.name for scenario in scenarios)
