"""Execute one notebook with papermill, made strict: a complete executed copy, or an error and no copy.

papermill alone accepts unknown parameters, leaves half-run notebooks under the final name, calls `sys.exit(0)` a
success and dates every cell. Here a copy appears only when every cell ran, every exhibit is there and the scenario it
shows is the one that was asked for; the same inputs give the same bytes.
"""

import html
import json
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import nbformat
import papermill
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbformat import NotebookNode
from papermill.engines import NBClientEngine, papermill_engines
from traitlets.config import Config

from partnering.report.errors import ReportError

logging.getLogger().addHandler(logging.NullHandler())  # what went wrong is in the error, said once

KERNEL = "python3"
INJECTED = "injected-parameters"
EXHIBIT_TAGS = {"figure": "<svg", "table": "<table", "text": ""}
LONGEST_REASON = 300
KERNEL_FOLDERS = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR")
"""Made for each notebook: those of a home may be missing or read-only, or change what is run and shown."""

os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"  # the kernel of this environment, whatever the user has installed
if sys.platform == "linux":  # elsewhere what a forked process may use is not certain
    os.environ["JUPYTER_DEFAULT_PROVISIONER_NAME"] = "partnering-forked"
QUIET = "c.Application.log_level = 'ERROR'\n"
"""What a kernel is told: that its parent has gone is no news."""


class ExecutionError(ReportError):
    """A notebook that did not run to its end or did not show what it must; the message is one line."""


def execute_notebook(source: Path, target: Path, parameters: dict[str, str], timeout_s: float) -> None:
    """Execute `source` with `parameters` and write the complete executed copy to `target`.

    The kernel runs in the folder of `source`, as it does when an analyst opens the notebook. papermill changes the
    working folder of the process while it runs: use one process per notebook, not threads.

    Args:
        source: notebook whose cells all have ids, one of them tagged `parameters`.
        target: the executed copy; an older one is removed first, so it never outlives the run meant to replace it.
        parameters: names, all of them strings and all of them known to the `parameters` cell.
        timeout_s: seconds that one cell may take.

    Raises:
        ExecutionError: one line that names the notebook, the cell and the reason. What had run by then is kept
            beside the target as `<target stem>.failed.ipynb`.
    """
    source, target = source.resolve(), target.resolve()
    partial = target.with_name(f".{target.stem}.{os.getpid()}.partial.ipynb")
    failed = target.with_suffix(".failed.ipynb")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    try:
        check_source(source, parameters)
        check_kernel()
        _run(source, partial, parameters, timeout_s)
        executed = _read(partial)
        check_complete(executed, parameters)
        partial.write_text(_settled(executed), encoding="utf-8", newline="\n")
        os.replace(partial, target)
        failed.unlink(missing_ok=True)
    except ExecutionError as error:
        if partial.exists():
            os.replace(partial, failed)
        raise ExecutionError(f"{source.name}: {error}") from None
    finally:
        partial.unlink(missing_ok=True)


def check_source(source: Path, parameters: dict[str, str]) -> None:
    """Refuse a notebook or parameters that papermill would run into a wrong report.

    Raises:
        ExecutionError: unreadable file, cell without id, not exactly one `parameters` cell, unknown parameter, or a
            value that is not a string.
    """
    try:
        raw = json.loads(source.read_text(encoding="utf-8"))  # nbformat would make up missing ids
        cells = [dict(cell) for cell in raw["cells"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ExecutionError(f"cannot be read: {_reason(error)}") from None
    for number, cell in enumerate(cells, start=1):
        if not cell.get("id"):
            raise ExecutionError(f"cell number {number} has no id")
    tagged = [cell for cell in cells if "parameters" in _tags(cell)]
    if len(tagged) != 1:
        raise ExecutionError(f"{len(tagged)} cells are tagged 'parameters', expected one")
    try:
        known = papermill.inspect_notebook(_literal(source))
    except Exception as error:  # no kernelspec in its metadata, another language
        raise ExecutionError(f"papermill cannot inspect it: {_reason(error)}") from None
    for name, value in parameters.items():
        if name not in known:
            raise ExecutionError(f"unknown parameter {name!r}; the notebook takes: {', '.join(known) or 'none'}")
        if not isinstance(value, str):
            raise ExecutionError(f"parameter {name!r} is {type(value).__name__}, expected a string")


def check_kernel() -> None:
    """Refuse a `python3` kernel that runs another interpreter than this one.

    Raises:
        ExecutionError: no such kernel, or one that starts another program.
    """
    try:
        spec = KernelSpecManager().get_kernel_spec(KERNEL)
    except NoSuchKernel:
        raise ExecutionError(f"no kernel {KERNEL!r}: install ipykernel in this environment") from None
    program = spec.argv[0] if spec.argv else "nothing"
    generic = re.fullmatch(r"python(3(\.\d+)?)?", program)  # jupyter-client puts sys.executable in its place
    if not generic and os.path.realpath(program) != os.path.realpath(sys.executable):
        raise ExecutionError(f"kernel {KERNEL!r} in {spec.resource_dir} runs {program}, not {sys.executable}")


def check_complete(executed: NotebookNode, parameters: dict[str, str]) -> None:
    """Refuse an executed notebook that is not whole.

    Raises:
        ExecutionError: an error output, a cell that never ran (`sys.exit(0)` stops a notebook silently), a tagged
            exhibit that is not in its cell's output, or another scenario shown than the one asked for.
    """
    code = [cell for cell in executed.cells if cell.cell_type == "code"]
    for cell in code:
        for output in cell.outputs:
            if output.output_type == "error":
                raise ExecutionError(f"cell '{cell.id}': {_one_line(f'{output.ename}: {output.evalue}')}")
    if executed.metadata.get("papermill", {}).get("exception"):
        raise ExecutionError(f"cell '{_last_started(executed)}': stopped by an exception")
    for cell in code:
        if cell.execution_count is None and cell.source.strip():
            raise ExecutionError(f"cell '{cell.id}': never ran; an earlier cell ended the kernel or the run")
        _check_exhibit(cell)
        _check_words(cell)
    _check_scenario(code, parameters.get("scenario"))


def _check_exhibit(cell: NotebookNode) -> None:
    """Refuse a cell tagged as exhibit whose output does not hold the exhibit named like the cell."""
    for tag in _tags(cell):
        mark = EXHIBIT_TAGS.get(tag)
        shown = (text for text in _html_outputs(cell) if f'id="{cell.id}"' in text)
        if mark is not None and not any(mark in text for text in shown):
            raise ExecutionError(f"cell '{cell.id}': tagged '{tag}' but shows no {tag} with this id")


def _check_words(cell: NotebookNode) -> None:
    """Refuse a cell of words that showed none, unless it keeps them under a name."""
    shown = any("text/markdown" in output.get("data", {}) for output in cell.outputs)
    if cell.source.partition("\n")[0].strip() == "%%words" and not shown:
        raise ExecutionError(f"cell '{cell.id}': its words are not in its output")


def _check_scenario(code: list[NotebookNode], scenario: str | None) -> None:
    """Refuse a notebook that shows another scenario than the one that was asked for, or none."""
    texts = [text for cell in code for text in _html_outputs(cell)]
    shown = {html.unescape(name) for text in texts for name in re.findall(r'data-scenario="([^"]*)"', text)}
    if scenario is not None and scenario not in shown:
        raise ExecutionError(f"asked for scenario {scenario!r}, the output shows {', '.join(sorted(shown)) or 'none'}")


def _run(source: Path, partial: Path, parameters: dict[str, str], timeout_s: float) -> None:
    """Execute into `partial`; once more if the kernel did not start (ports are a shared thing)."""
    for attempts_left in (1, 0):
        try:
            _execute(source, partial, parameters, timeout_s)
            return
        except papermill.PapermillExecutionError:
            return  # the error is in the cell's output, where it is looked for next
        except Exception as error:
            if isinstance(error, OSError) and error.errno:
                raise  # the disk's, not the notebook's: a time-out is an OSError too, without a number
            cell_id = _last_started(_read(partial)) if partial.exists() else None
            if cell_id:
                raise ExecutionError(f"cell '{cell_id}': {_reason(error, timeout_s)}") from None
            if not attempts_left:
                raise ExecutionError(f"the kernel did not start: {_reason(error)}") from None


class _SavingLast(NBClientEngine):
    """Saves a notebook that was broken off, so that its cell can be named: to save after each costs 0.5 s a page."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, broken_off: Path, **settings: Any) -> None:
        """Execute; on a failure leave what there is at `broken_off`."""
        try:
            super().execute_managed_notebook(nb_man, kernel_name, **settings)
        except Exception:
            nbformat.write(nb_man.nb, broken_off)
            raise


papermill_engines.register(_SavingLast.__name__, _SavingLast)


def _execute(source: Path, partial: Path, parameters: dict[str, str], timeout_s: float) -> None:
    """Make the one call to papermill."""
    config = Config()
    config.KernelManager.transport_encryption = "auto"
    with _own_folders(partial.parent):
        papermill.execute_notebook(
            _literal(source),
            _literal(partial),
            parameters=parameters,
            engine_name=_SavingLast.__name__,
            broken_off=partial,
            kernel_name=KERNEL,
            language="python",
            config=config,
            coalesce_streams=True,
            progress_bar=False,
            request_save_on_cell_execute=False,
            execution_timeout=timeout_s,
            shutdown_kernel="immediate",
            cwd=source.parent,
        )


@contextmanager
def _own_folders(beside: Path) -> Iterator[None]:
    """Give a kernel folders of its own, which are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=".kernel-", dir=beside, ignore_cleanup_errors=True) as folder:
        profile = Path(folder, "profile_default")
        profile.mkdir()
        (profile / "ipython_kernel_config.py").write_text(QUIET, encoding="utf-8")
        with patch.dict(os.environ, dict.fromkeys(KERNEL_FOLDERS, folder)):
            yield


def _settled(executed: NotebookNode) -> str:
    """Return the notebook as JSON text without clock, paths or random ids."""
    for cell in executed.cells:
        cell.metadata.pop("papermill", None)
        cell.metadata.pop("execution", None)
        if INJECTED in _tags(cell):
            cell.id = INJECTED
    executed.metadata.pop("papermill", None)
    return nbformat.writes(executed) + "\n"


def _last_started(notebook: NotebookNode) -> str | None:
    """Return the id of the last cell that papermill started, None if it started none."""
    started = [cell.id for cell in notebook.cells if cell.metadata.get("papermill", {}).get("start_time")]
    return started[-1] if started else None


def _reason(error: Exception, timeout_s: float | None = None) -> str:
    """Say in one line why papermill gave up."""
    name = type(error).__name__
    if name == "CellTimeoutError":
        return f"{name}: not finished after {timeout_s:g} s"
    if name == "DeadKernelError":
        return f"{name}: the kernel died (killed, out of memory, or os._exit)"
    return _one_line(f"{name}: {error}")


def _one_line(text: str) -> str:
    flat = " ".join(re.sub(r"\x1b\[[0-9;]*m", "", text).split())
    return flat if len(flat) <= LONGEST_REASON else flat[:LONGEST_REASON] + " ..."


def _html_outputs(cell: NotebookNode) -> list[str]:
    return [output.data["text/html"] for output in cell.outputs if "text/html" in output.get("data", {})]


def _tags(cell: Mapping[str, Any]) -> list[str]:
    return list(cell.get("metadata", {}).get("tags", []))


def _read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def _literal(path: Path) -> str:
    """Return the path as papermill wants it: braces would be read as a format string."""
    return str(path).replace("{", "{{").replace("}", "}}")
