"""Kernels forked from a process with the imports done: the same pages, each in a process of its own."""

import os
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from test_runner import FIGURE, cell, write_notebook

from partnering.report.execute import execute_notebook
from partnering.report.forked import ForkedProvisioner

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")]
FORKED, PLAIN = "partnering-forked", "local-provisioner"
TELL = """import os, sys
print(os.getpid(), os.getppid(), os.getcwd(), 'seaborn' in sys.modules)"""
STAIN = "import partnering\nprint(hasattr(partnering, 'stain'))\npartnering.stain = True"


@pytest.fixture
def executed(tmp_path, monkeypatch):
    """Return a function that executes cells in a kernel of a kind and gives the text of the executed copy."""

    def run(kind, *cells, name="page"):
        monkeypatch.setattr(KernelProvisionerFactory.instance(), "default_provisioner_name", kind)
        target = tmp_path / f"{name}.ipynb"
        execute_notebook(write_notebook(tmp_path, *cells), target, {"scenario": "base"}, 60.0)
        return target.read_text("utf-8")

    return run


def printed(text):
    outputs = [output for c in nbformat.reads(text, 4).cells if c.cell_type == "code" for output in c.outputs]
    return [output.text.split() for output in outputs if output.output_type == "stream"]


def test_a_forked_kernel_makes_the_same_bytes_as_one_started_from_a_command(executed):
    assert issubclass(KernelProvisionerFactory.instance().provisioners[FORKED].load(), ForkedProvisioner)
    cells = [cell("squares", FIGURE, "figure"), cell("wide", "import pandas\npandas.DataFrame({'a': [1.5]})")]
    forked, plain = executed(FORKED, *cells), executed(PLAIN, *cells)
    assert forked == plain and "<svg" in forked


def test_forked_kernels_are_processes_apart_that_find_imports_done(executed, tmp_path):
    first, second, plain = (
        printed(executed(kind, cell("tell", TELL), cell("stain", STAIN))) for kind in (FORKED, FORKED, PLAIN)
    )
    assert first[0][0] != second[0][0], "two notebooks in one process"
    assert first[0][1] == second[0][1] != str(os.getpid()), "not both forked from one server"
    assert plain[0][1] == str(os.getpid())
    assert [told[0][2] for told in (first, second, plain)] == [str(tmp_path)] * 3
    assert [told[0][3] for told in (first, second, plain)] == ["True", "True", "False"]
    assert [told[1] for told in (first, second, plain)] == [["False"]] * 3, "one notebook saw what another left"


def test_a_forked_kernel_is_gone_once_its_notebook_is_done(executed):
    number = int(printed(executed(FORKED, cell("tell", TELL)))[0][0])
    until = time.monotonic() + 10
    while psutil.pid_exists(number) and psutil.Process(number).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until, "the kernel lives on"
        time.sleep(0.05)


def test_the_environment_names_the_provisioner():
    assert os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] == FORKED
    project = (Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8")
    assert f'{FORKED} = "{ForkedProvisioner.__module__}:{ForkedProvisioner.__name__}"' in project
