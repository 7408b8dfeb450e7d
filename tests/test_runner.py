"""The strict runner: every way a notebook run can go wrong, done for real."""

import json
import os
import re
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

import partnering
from partnering.report import execute
from partnering.report.execute import ExecutionError, check_complete, check_kernel, execute_notebook

SRC = str(Path(partnering.__file__).parents[1])
SPEC = {"name": "python3", "language": "python", "display_name": "Python 3"}
HEADER = """from partnering.report.exhibit import show_figure, show_header, show_table, show_text
show_header("Sign or not", scenario, "Which?", {"seed": 7})"""
FIGURE = """import matplotlib.pyplot as plt
figure, axes = plt.subplots()
axes.plot([1, 2, 3], [1, 4, 9], label="squares")
axes.set_xlabel("number")
show_figure(axes, "squares", "Squares grow", "A rising curve through 1, 4 and 9, drawn from left to right.")"""


def cell(stem, source, *tags):
    return new_code_cell(source, id=stem, metadata={"tags": list(tags)})


def write_notebook(folder, *cells, header=HEADER, tags=("parameters",)):
    """Write a notebook that takes a scenario and shows it, followed by `cells`."""
    first = [cell("defaults", 'scenario = "base"', *tags), cell("head", header)]
    path = folder / "brief.ipynb"
    nbformat.write(new_notebook(cells=first + list(cells), metadata={"kernelspec": SPEC}), path)
    return path


@pytest.fixture(autouse=True)
def package_on_path(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [SRC, os.environ.get("PYTHONPATH", "")])))


@pytest.fixture
def refused(tmp_path):
    """Run a notebook that must fail; return the one line it fails with, after checking that no copy is left."""

    def run(*cells, values=None, timeout_s=60.0, **notebook):
        source, target = write_notebook(tmp_path, *cells, **notebook), tmp_path / "out" / "page.ipynb"
        with pytest.raises(ExecutionError) as caught:
            execute_notebook(source, target, values if values is not None else {"scenario": "base"}, timeout_s)
        left = sorted(path.name for path in target.parent.iterdir())
        assert left in ([], ["page.failed.ipynb"])
        message = str(caught.value)
        assert "\n" not in message and message.startswith("brief.ipynb: ")
        return message

    return run


# Before a kernel starts


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"scenaro": "base"}, "unknown parameter 'scenaro'; the notebook takes: scenario"),
        ({"scenario": 3}, "parameter 'scenario' is int, expected a string"),
    ],
)
def test_parameters_that_papermill_would_swallow(refused, values, reason):
    assert reason in refused(values=values)


def test_a_notebook_without_the_parameters_tag(refused):
    assert "0 cells are tagged 'parameters'" in refused(tags=())


def test_a_notebook_without_kernelspec(tmp_path):
    path = tmp_path / "bare.ipynb"
    nbformat.write(new_notebook(cells=[cell("defaults", "x = 1", "parameters")]), path)
    with pytest.raises(ExecutionError, match=r"bare\.ipynb: papermill cannot inspect it: .*kernel name"):
        execute_notebook(path, tmp_path / "t.ipynb", {}, 60)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": 3}'])
def test_a_file_that_is_no_notebook(tmp_path, text):
    (tmp_path / "x.ipynb").write_text(text)
    with pytest.raises(ExecutionError, match=r"x\.ipynb: cannot be read"):
        execute_notebook(tmp_path / "x.ipynb", tmp_path / "t.ipynb", {}, 60)


def test_a_cell_without_id(tmp_path):
    path = write_notebook(tmp_path)
    raw = json.loads(path.read_text())
    del raw["cells"][1]["id"]
    path.write_text(json.dumps(raw))
    with pytest.raises(ExecutionError, match="cell number 2 has no id"):
        execute_notebook(path, tmp_path / "t.ipynb", {"scenario": "base"}, 60)


def test_a_kernel_of_another_interpreter(tmp_path, monkeypatch):
    folder = tmp_path / "kernels" / "python3"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({"argv": ["/bin/false"], "display_name": "x", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    with pytest.raises(ExecutionError, match="runs /bin/false, not"):
        check_kernel()


# With a kernel


@pytest.mark.slow
def test_a_failing_cell_leaves_no_copy_twice(refused, tmp_path):
    bad = cell("npv", "print('so far')\nraise ValueError('rate\\nis 3')")
    target = tmp_path / "out" / "page.ipynb"
    for _ in range(2):
        target.parent.mkdir(exist_ok=True)
        target.write_text("an older copy")
        assert refused(bad) == "brief.ipynb: cell 'npv': ValueError: rate is 3"
        assert "so far" in (tmp_path / "out" / "page.failed.ipynb").read_text()


@pytest.mark.slow
def test_success_removes_the_failed_copy_and_leaves_nothing_else(tmp_path):
    (tmp_path / "page.failed.ipynb").write_text("{}")
    execute_notebook(write_notebook(tmp_path), tmp_path / "page.ipynb", {"scenario": "base"}, 60)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["brief.ipynb", "page.ipynb"]


@pytest.mark.slow
@pytest.mark.parametrize("way_out", ["import sys\nsys.exit(0)", "raise SystemExit"])
def test_a_quiet_exit_is_not_success(refused, way_out):
    assert "cell '" in refused(cell("end", way_out), cell("after", "1"))


def test_a_cell_that_never_ran_is_named_and_an_empty_one_is_not():
    ran, empty, skipped = cell("ran", "1"), cell("empty", " "), cell("skipped", "2")
    ran.execution_count = 1
    check_complete(new_notebook(cells=[ran, empty]), {})
    with pytest.raises(ExecutionError, match="cell 'skipped': never ran"):
        check_complete(new_notebook(cells=[ran, skipped]), {})


@pytest.mark.slow
def test_a_killed_kernel(refused):
    assert "cell 'die': DeadKernelError: the kernel died" in refused(cell("die", "import os\nos._exit(1)"))


@pytest.mark.slow
def test_a_hung_cell_is_named_and_its_copy_kept(refused, tmp_path):
    hung = cell("wait", "import time\ntime.sleep(600)")
    assert refused(hung, timeout_s=5) == "brief.ipynb: cell 'wait': CellTimeoutError: not finished after 5 s"
    assert (tmp_path / "out" / "page.failed.ipynb").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tag", "source"),
    [
        ("figure", FIGURE.replace('"squares", "Squares', '"cubes", "Squares')),
        ("table", "show_text('squares', ['a table once'])"),
        ("text", "pass"),
    ],
)
def test_a_vanished_exhibit(refused, tag, source):
    assert f"cell 'squares': tagged '{tag}' but shows no {tag} with this id" in refused(cell("squares", source, tag))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("header", "shown"),
    [(HEADER.replace(", scenario,", ", 'base',"), "base"), ("pass", "none")],
)
def test_a_scenario_that_is_not_echoed(refused, header, shown):
    message = refused(header=header, values={"scenario": "royalty_high"})
    assert message == f"brief.ipynb: asked for scenario 'royalty_high', the output shows {shown}"


@pytest.mark.slow
def test_two_runs_give_the_same_bytes_and_nothing_is_evaluated(tmp_path):
    folder = tmp_path / "a folder {with} braces"
    folder.mkdir()
    hostile = '"; import os; os._exit(1) #\n<b>{x}</b>\\'
    source = write_notebook(
        folder,
        cell("squares", FIGURE, "figure"),
        cell("where", "import os, sys\nprint(sys.executable)\nprint(os.getcwd())"),
    )
    copies = []
    for name in ("one.ipynb", "two.ipynb"):
        execute_notebook(source, folder / name, {"scenario": hostile}, 60)
        copies.append((folder / name).read_bytes())
    assert copies[0] == copies[1]
    assert b"<b>" not in b"".join(line for line in copies[0].splitlines() if b"data-scenario" in line)
    printed = next(cell for cell in json.loads(copies[0])["cells"] if cell["id"] == "where")["outputs"][0]["text"]
    assert printed == [sys.executable + "\n", str(folder) + "\n"]
    assert "injected-parameters" in [cell["id"] for cell in json.loads(copies[0])["cells"]]


def test_a_kernel_that_does_not_start_is_tried_twice(refused, monkeypatch):
    attempts = []

    def no_kernel(*_):
        attempts.append(1)
        raise RuntimeError("Kernel died before replying to kernel_info")

    monkeypatch.setattr(execute, "_execute", no_kernel)
    assert "the kernel did not start: RuntimeError: Kernel died" in refused()
    assert len(attempts) == 2


ERRORS = "partnering.report.errors"
ALONE = {"execute": {ERRORS}, "staging": {ERRORS}}
ALONE |= {"publish": {ERRORS, "partnering.report", "partnering.report.footnotes", "partnering.report.glossary"}}
"""What each stage may import: nothing of another."""


def test_the_three_stages_do_not_import_each_other():
    for name in ("execute", "publish", "staging"):
        text = (Path(execute.__file__).parent / f"{name}.py").read_text()
        found = re.findall(r"^\s*(?:from|import) (partnering\S*)", text, re.MULTILINE)
        assert "partnering.report.errors" in found and set(found) <= ALONE[name], name
