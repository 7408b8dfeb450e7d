"""How the code is cut: floors, who may touch what, where numbers and names live, and how big things may get."""

import ast
import re
import tokenize
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from helpers import PARAMS, load
from sources import FLOORS, NOTEBOOKS, ROOT, SRC, TREES, calling, floor_of, importers, imports, names, texts, using

from partnering.inputs import list_scenarios
from partnering.inputs.lines import LINE

COMMANDS = ("process", "cli", "arguments", "__main__")
PROSE = ("report/style.py", "report/sentences.py")  # files that may name strategies


# Floors.


def test_imports_only_go_down() -> None:
    upwards = [
        (file, name)
        for file, tree in TREES.items()
        for name in imports(tree)
        if name.startswith("partnering.") and FLOORS.index(name.split(".")[1]) > FLOORS.index(floor_of(file))
    ]
    assert upwards == []
    assert {floor_of(file) for file in TREES} - {"__init__"} <= set(FLOORS)
    assert not any(name.startswith("partnering") for name in imports(TREES["clock.py"]))


def test_no_two_files_import_each_other() -> None:
    modules = {"partnering." + file.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in TREES}
    graph: dict[str, set[str]] = {}
    for file, tree in TREES.items():
        me = "partnering." + file.removesuffix(".py").replace("/", ".")
        graph[me] = {m for name in imports(tree) for m in (name, name.rpartition(".")[0]) if m in modules} - {me}
    list(TopologicalSorter(graph).static_order())  # raises CycleError


# Who may touch what.


def test_only_the_inputs_floor_reads_params() -> None:
    assert {floor_of(file) for file in importers("ruamel") | importers("pydantic")} == {"inputs"}
    named = {file for file, tree in TREES.items() if any(".yaml" in text for text in texts(tree))}
    assert {file for file in named if floor_of(file) not in ("inputs", *COMMANDS)} <= {
        "results/place.py",  # finds the project's folder by it
        "analysis/bands.py",  # names it in a message
        "model/kernel.py",  # the ledger's lines decide what is compiled
    }


def test_the_model_touches_no_disk_and_no_clock() -> None:
    modules = ("pathlib", "os", "io", "json", "csv", "pickle", "time", "datetime", "pandas", "subprocess")
    touching = set().union(*(importers(module) for module in modules)) | using("load|save|loadtxt|fromfile")
    touching |= calling("open")  # a field may be named so: whether a market is
    keeping = {"model/kernel.py", "model/warm.py"}  # compiled code, on disk
    assert {file for file in touching if floor_of(file) in ("model", "clock")} == keeping


def test_only_one_file_makes_generators() -> None:
    assert using("np.random|default_rng|Generator|Philox") == {"model/draws.py"}
    assert importers("random") | importers("secrets") | importers("numpy.random") == set()
    assert using("rvs|hash") == set()


def test_drawing_libraries_stay_in_the_report_and_tables_above_the_model() -> None:
    assert {floor_of(file) for file in importers("matplotlib") | importers("seaborn")} == {"report"}
    assert {floor_of(file) for file in importers("pandas") if file != "inputs/tables.py"} <= {
        "results",
        "analysis",
        "report",
    }


STAGES = {"preclinical", "phase_1", "phase_2", "phase_3", "late_manufacturing", "filing"}
"""Lines that have the name of a stage, or of what it costs."""


def test_the_ledgers_lines_are_listed_once() -> None:
    """Three lines named side by side are a list of their own; fields of a future and inputs may have their names."""
    listed = set()
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            parts = node.elts if isinstance(node, ast.List | ast.Tuple | ast.Set) else ()
            parts = node.keys if isinstance(node, ast.Dict) else parts
            named = [part.value for part in parts if isinstance(part, ast.Constant) and part.value in LINE]
            if len(set(named) - STAGES) > 2:
                listed.add(file)
    assert listed == {"inputs/rules.py", "model/draws.py"}


def test_only_the_command_prints() -> None:
    assert {floor_of(file) for file in using("print|sys.stdout")} == {"cli", "process", "__main__"}


def test_sums_are_taken_in_a_fixed_order() -> None:
    products = {file for file, tree in TREES.items() for node in ast.walk(tree) if isinstance(node, ast.MatMult)}
    products |= using("dot|vdot|matmul|einsum|inner|tensordot|linalg")
    assert {file for file in products if floor_of(file) != "report"} == set()


# Numbers and names.

NUMBERS = {0, 1, 2, 0.5, 4}
REVIEWED = {
    "analysis/bargain.py": {5: "transfers asked"},
    "analysis/information.py": {3: "degree of a curve", 20: "shuffles behind a floor"},
    "analysis/rates.py": {256: "rates tried"},
    "analysis/surface.py": {256: "sheets against the ridge"},
    "analysis/offers.py": dict.fromkeys((3, 5, 6, 100), "steps asked, and percent"),
    "analysis/sensitivity.py": {7: "halvings of a bracket"},
    "analysis/turns.py": {3: "thirds of a range"},
    "model/beliefs.py": {32: "cells of the peak", 128: "draws", 12: "lowest class", 16: "highest", 0.25: "a step"}
    | {8: "tables remembered"}
    | dict.fromkeys((3.0, 5.0), "a reach"),
    "model/chains.py": {10: "how many chains", 9: "of them that differ for who was refused"},
    "model/checks.py": dict.fromkeys((3, 5, 6), "an identity's place") | {6: "parties"},
    "model/company.py": {1e-300: "guards a division", 3: "the last quarter of a year"},
    "model/contracts.py": {7: "a chain's place"},
    "model/counting.py": {1e-9: "rounding"} | dict.fromkeys((3, 6, 8, 9, 10, 11, 12), "an event's place"),
    "model/deal.py": {3: "the last quarter of a year", 7: "steps of a ladder"},
    "model/draws.py": {4096: "paths in a block", 16: "bytes of a key", 54: "bits of a double"},
    "model/ending.py": {8: "half quarters' burn of a year"},
    "model/expect.py": {60: "halvings", 8: "ways", 12: "ways"} | dict.fromkeys((1e15, 1e300), "more than any amount"),
    "model/flows.py": dict.fromkeys((5, 6), "an event's place"),
    "model/keep.py": {3: "parties", 8: "half quarters of a year"},
    "model/kernel.py": {20: "characters of a folder's name"},
    "model/pack.py": {3: "where late events begin"},
    "model/parties.py": dict.fromkeys((3, 6, 8), "a party's or a route's place"),
    "model/path.py": {3: "ways to decide"},
    "model/plan.py": {5: "a cost's place"},
    "model/portfolio.py": {3: "a stage's place"},
    "model/records.py": dict.fromkeys((3, 5, 6, 7, 10, 13), "lengths of arrays"),
    "model/run.py": {
        0.6: "most that tax is believed to take",
        3: "sums",
        5: "told by quarter",
        20: "paths with decisions",
        1024: "paths the identities are taken on",
    },
    "model/sales.py": {5: "a stage's place"},
    "model/stages.py": {6: "stages", 29: "bits of never", 400: "quarters of the longest horizon"},
    "model/told.py": {7: "steps"},
    "model/views.py": dict.fromkeys((3, 5), "how many"),
    "analysis/sweep.py": {10: "seconds a scheduler has to answer"},
    "model/warm.py": {5: "versions kept"},
    "model/worth.py": {12: "of the mean of a parabola"},
    "results/ignorance.py": {10: "groups", 20: "paths a term", 5: "ways to cut the groups in half"}
    | dict.fromkeys((0.05, 0.95), "levels"),
    "results/access.py": {16: "characters of a folder's name"},
    "results/parallel.py": {30: "bytes in a GiB, as a power of two"},
    "results/schema.py": dict.fromkeys((5, 25, 50, 75, 95), "printed percentiles"),
    "results/simulate.py": {100: "per cent", 256: "paths whose cash by quarter is stored"},
    "results/statistics.py": {0.05: "tail of a statistic"},
    "results/store.py": {0o755: "file mode"},
    "results/tables.py": dict.fromkeys((0.1, 5, 50, 95, 100), "printed percentiles")
    | {3: "products counted", 1e-9: "rounding"},
}


def test_no_economic_number_in_the_model_or_a_notebook() -> None:
    found: dict[str, set[float]] = {}
    for file, tree in (TREES | NOTEBOOKS).items():
        if floor_of(file) in ("model", "results", "analysis", "clock", "notebooks"):
            constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
            odd = {v for v in constants if isinstance(v, int | float) and not isinstance(v, bool)} - NUMBERS
            found |= {file: odd} if odd else {}
    assert found == {file: set(reasons) for file, reasons in REVIEWED.items()}


HOMONYMS = {
    ("inputs/files.py", "market"): "the family of scenarios",
    ("report/scenarios.py", "market"): "the family of scenarios",
    ("inputs/units.py", "best"): "the route",
    ("model/pack.py", "best"): "the route",
    ("inputs/rules.py", "best"): "the route",
    ("results/beliefs.py", "best"): "the chain",
    ("results/beliefs.py", "market"): "the stage",
    ("results/quarters.py", "wind_up"): "the step of a quarter",
    ("results/tables.py", "ind"): "the event",
}
"""Words of the code that some strategy has for its name, and what they mean there."""


def test_no_strategy_is_named_in_the_code() -> None:
    """Neither one of the base case nor one that a scenario adds."""
    slugs = "|".join({slug for name in list_scenarios(PARAMS) for slug in load(name).children("strategies")})
    named = {
        (file, text)
        for file, tree in (TREES | NOTEBOOKS).items()
        if file not in PROSE
        for text in texts(tree)
        if re.search(rf"(^|[./-])({slugs})([./-]|$)", text)
    }
    assert named == set(HOMONYMS)


def test_no_deal_is_named_in_the_code() -> None:
    files = [file for folder in (SRC, ROOT / "notebooks") for file in folder.rglob("*") if file.is_file()]
    pattern = re.compile(rb"immunogen|aventis|2003", re.IGNORECASE)
    assert [file.name for file in files if file.suffix != ".pyc" and pattern.search(file.read_bytes())] == []


# Sizes.


def code_lines(file: Path) -> int:
    """Lines that hold code: no docstrings, comments or blanks."""
    silent = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
    with tokenize.open(file) as stream:
        tokens = [token for token in tokenize.generate_tokens(stream.readline) if token.type not in silent]
    held = {line for token in tokens for line in range(token.start[0], token.end[0] + 1)}
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            held -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(held)


BELIEFS = ("model/beliefs.py", "model/expect.py", "model/rolling.py", "model/worth.py")
CEILINGS = {
    "inputs": 1845,
    "model": 2777,
    "beliefs": 651,
    "results": 1290,
    "analysis": 1866,
    "report": 4045,
    "commands": 320,
}
"""Code lines of each floor, the model without its beliefs: as of the last new rules, never to be raised."""


@pytest.mark.parametrize("part", CEILINGS)
def test_code_stays_within_its_budget(part: str) -> None:
    files = {
        "model": [file for file in TREES if floor_of(file) == "model" and file not in BELIEFS],
        "beliefs": BELIEFS,
        "commands": [file for file in TREES if floor_of(file) in COMMANDS],
    }
    held = files.get(part, [file for file in TREES if floor_of(file) == part])
    assert 0 < sum(code_lines(SRC / file) for file in held) <= CEILINGS[part]


def test_template_stays_within_its_budget() -> None:
    files = [file for suffix in ("js", "css", "j2", "html") for file in SRC.rglob(f"*.{suffix}")]
    assert 0 < sum(1 for file in files for line in file.read_text("utf-8").splitlines() if line.strip()) <= 1000


def test_files_and_functions_are_short() -> None:
    kinds = {".py", ".js", ".css", ".j2"}
    files = [f for folder in (SRC, ROOT / "tests") for f in folder.rglob("*") if f.suffix in kinds]
    long = [file.name for file in files if len(file.read_bytes().splitlines()) > 300]
    assert long == ["independent.py"]  # a program of its own, which shares nothing with this one
    functions = [(file, n) for file, tree in TREES.items() for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]
    for file, function in functions:
        body = function.body[1:] if ast.get_docstring(function) and function.body[1:] else function.body
        assert (function.end_lineno or 0) - body[0].lineno < 40, f"{file}: {function.name}"


def public(file: str) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Public functions, classes and methods of a file."""
    for node in ast.walk(TREES[file]):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield node


def test_what_is_public_is_documented_and_used() -> None:
    trees = [*TREES.values(), *NOTEBOOKS.values(), *(ast.parse(f.read_bytes()) for f in (ROOT / "tests").glob("*.py"))]
    used = {name.rpartition(".")[2] for tree in trees for name in names(tree)}
    assert [(file, node.name) for file in TREES for node in public(file) if node.name not in used | OVERRIDDEN] == []
    for file, tree in TREES.items():
        assert file == "__init__.py" or ast.get_docstring(tree), file
        defined = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef) and not n.name.startswith("_")]
        assert [node.name for node in defined if not ast.get_docstring(node)] == [], file


OVERRIDDEN = {"handle_starttag", "handle_endtag", "handle_data"}  # called by html.parser
OVERRIDDEN |= {"load_ipython_extension"}  # called by IPython
