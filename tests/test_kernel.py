"""The promises of the compiled model: compiled once, never stale, the same as uncompiled, and fit to run elsewhere."""

import json
import os
import pickle
import re
import shutil
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from helpers import PARAMS, SEED
from numpy.typing import NDArray

from partnering.inputs import Scenario, load_scenario
from partnering.model import beliefs, run
from partnering.model.pack import Packed
from partnering.model.parties import PARTNER
from partnering.model.run import pack, play_block
from partnering.model.views import PRETAX
from partnering.model.warm import CacheError
from partnering.results.simulate import play_few

ROOT, PATHS, FEW = PARAMS.parent, 64, 2
ALLOWED = {"exp", "log", "log1p", "pow"}
"""What the model may ask of whoever runs it: functions of the C library for real numbers."""


def believed(scenario: Scenario) -> list[Packed]:
    """A scenario packed with beliefs that average over a few draws: plain loops would take minutes over the rest."""
    with mock.patch.multiple(beliefs, DRAWS=FEW, _known=OrderedDict()), mock.patch.object(run, "KNOWN_PATHS", FEW):
        return pack(scenario)


def kept_by_path(scenario: str) -> dict[str, NDArray]:
    """All that is kept of every path of a scenario: by strategy, what it is; (view, path, ...)."""
    _, played = play_block(known := load_scenario(scenario, PARAMS), believed(known), SEED, 0, PATHS)
    outs = {each.packed.slug: each.kept.out for each in played}
    return {f"{slug} {name}": out[name].copy() for slug, out in outs.items() for name in out.dtype.names}


def mean_of_signing() -> float:
    """Mean value to the partner of the first strategy that signs the deal, in the base case."""
    scenario = load_scenario("base", PARAMS)
    _, played = play_block(scenario, believed(scenario)[:1], SEED, 0, PATHS)
    return float(next(played).kept.out["npv"][PRETAX, :, PARTNER].mean())


def start(call: str, code: Path, **variables: str) -> subprocess.Popen[str]:
    """A process of a copy of the code that calls a function of this file, or a command after a dash."""
    told = ["-m", "partnering", "--params", str(PARAMS), call[1:]] if call[0] == "-" else ["-c", CALLING, call]
    paths = os.pathsep.join([str(code), str(Path(__file__).parent)])
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NUMBA_", "PARTNERING_"))}
    environment = inherited | {"PYTHONPATH": paths} | variables
    return subprocess.Popen(
        [sys.executable, *told], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


CALLING = "import sys, test_kernel; print(eval(sys.argv[1], vars(test_kernel)))"


def finish(process: subprocess.Popen[str]) -> tuple[str, str]:
    """What a process printed, and what it said on the other stream, once it has ended well."""
    out, err = process.communicate()
    assert process.returncode == 0, err[-2000:]
    return out.strip(), err


def copy_code(folder: Path) -> Path:
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return folder / "src"


# Compiled once.


@pytest.fixture(scope="module")
def warmed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], list[str]]:
    """A copy of the code, where it is kept compiled, and what two processes said that found nothing there at once."""
    folder = tmp_path_factory.mktemp("kernel")
    code, variables = copy_code(folder), {"PARTNERING_CACHE": str(folder / "cache")}
    two = [start("-warm", code, **variables) for _ in range(2)]
    told = [finish(process) for process in two]
    assert [out for out, _ in told] == ["", ""]
    return code, variables, [err for _, err in told]


@pytest.mark.slow
def test_of_two_processes_one_compiles_and_says_so(warmed: tuple[Path, dict[str, str], list[str]]) -> None:
    """Both go on with the same compiled code; whoever comes later says nothing and is quick."""
    code, variables, said = warmed
    assert re.fullmatch(r"Compiling the model; half a minute, once: \d+ s\n", "".join(said))
    files = {file: file.stat().st_mtime_ns for file in Path(variables["PARTNERING_CACHE"]).rglob("*.nb[ci]")}
    assert (
        len({file.name.split(".")[1] for file in files}) == len(files) / 2 > 0
    )  # for each entry an index and its code
    assert finish(start("-warm", code, **variables)) == ("", "")
    same = {finish(process) for process in [start("mean_of_signing()", code, **variables) for _ in range(2)]}
    assert len(same) == 1 and {file: file.stat().st_mtime_ns for file in files} == files


@pytest.mark.slow
def test_an_edited_callee_is_never_served_stale(warmed: tuple[Path, dict[str, str], list[str]]) -> None:
    """A rule edited in a file that only compiled code calls moves the number; what was compiled before is kept."""
    code, variables, _ = warmed
    before = float(finish(start("mean_of_signing()", code, **variables))[0])
    rule, (old,) = code / "partnering/model/flows.py", Path(variables["PARTNERING_CACHE"]).glob("kernel-*")
    text = rule.read_text("utf-8")
    edited = text.replace('share = sales * future["selling"]', 'share = 2 * sales * future["selling"]')
    assert edited != text
    try:
        rule.write_text(edited, "utf-8")
        uncompiled = start("mean_of_signing()", code, NUMBA_DISABLE_JIT="1")
        after = float(finish(start("mean_of_signing()", code, **variables))[0])
        plain = float(finish(uncompiled)[0])
    finally:
        rule.write_text(text, "utf-8")
    assert abs(after - before) > 1
    assert abs(after - plain) <= 1e-9 * max(1, abs(plain))
    assert len({old, *Path(variables["PARTNERING_CACHE"]).glob("kernel-*")}) == 2


# Compiled or not.


def save_kept(scenario: str, file: str) -> None:
    np.savez(file, **kept_by_path(scenario))


@pytest.mark.slow
@pytest.mark.parametrize("scenario", ["base", "copromotion_on", "partner_drops"])
def test_uncompiled_equals_compiled(scenario: str, tmp_path: Path) -> None:
    """Every value by path, view, strategy and party to rounding, every count exactly."""
    file = tmp_path / "plain.npz"
    process = start(f"save_kept({scenario!r}, {str(file)!r})", ROOT / "src", NUMBA_DISABLE_JIT="1")
    compiled = kept_by_path(scenario)
    finish(process)
    with np.load(file) as plain:
        assert set(plain) == set(compiled)
        for name, expected in plain.items():
            most = 1e-9 * np.maximum(1, np.abs(expected)) if expected.dtype.kind == "f" else 0
            assert (np.abs(compiled[name] - expected) <= most).all(), name


# What comes out of the compiler.


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int] | dict[str, list[str]]]:
    """How often each function was compiled, and what each entry asks for when it is emitted for WebAssembly."""
    cache = tmp_path_factory.mktemp("cold")
    # Loops stay as they are written: how this processor takes several turns of them at a time is nothing for another.
    process = start("emit()", ROOT / "src", PARTNERING_CACHE=str(cache), NUMBA_LOOP_VECTORIZE="0")
    return json.loads(finish(process)[0])


def emit() -> str:
    """Compile the model, in a process that has not; as JSON, what the tests ask."""
    import importlib
    import pkgutil

    from numba.core.registry import CPUDispatcher

    import partnering.model

    play_few(load_scenario("base", PARAMS))
    modules = [
        importlib.import_module(f"partnering.model.{module.name}")
        for module in pkgutil.iter_modules(partnering.model.__path__)
    ]
    made = {f for module in modules for f in vars(module).values() if isinstance(f, CPUDispatcher)}
    name = {f: f"{f.__module__.rsplit('.')[-1]}.{f.__name__}" for f in made}
    asked = {name[f]: needs(f.inspect_llvm(f.signatures[0])) for f in made if f.stats.cache_path}
    times = {name[f]: len(f.signatures) for f in made}
    return json.dumps({"times": times, "asked": asked})


def needs(ir: str) -> list[str]:
    """What an object emitted for wasm32 takes from outside, by the intermediate code of an entry for this processor."""
    from llvmlite import binding

    # Without the two functions by which Python calls the entry, and with a place of its own for what they set.
    ir = re.sub(r"^define [^\n]*@(?:_ZN7cpython|cfunc\.)[^\n]*\{\n.*?^\}\n", "", ir, flags=re.MULTILINE | re.DOTALL)
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    machine = binding.Target.from_triple("wasm32-unknown-unknown").create_target_machine(features="+bulk-memory")
    module = binding.parse_assembly(ir.replace(" = common ", " = internal "))
    module.triple, module.data_layout = "wasm32-unknown-unknown", str(machine.target_data)
    module.verify()
    data = [variable.name for variable in module.global_variables if variable.is_declaration]
    used = [name for name in data if len(re.findall(rf"@{re.escape(name)}\b", ir)) > 1]
    return sorted([*used, *imported(machine.emit_object(module))])


class Reader:
    """Reads a WebAssembly module from its beginning."""

    def __init__(self, content: bytes) -> None:
        self.content, self.at = content, 0

    def take(self, size: int) -> bytes:
        self.at += size
        return self.content[self.at - size : self.at]

    def number(self) -> int:
        """The next whole number: seven bits a byte, the lowest first."""
        byte = self.take(1)[0]
        return byte if byte < 0x80 else byte - 0x80 + (self.number() << 7)

    def text(self) -> str:
        return self.take(self.number()).decode()

    def limits(self) -> None:
        """Pass over how large something is at least, and at most if that is said."""
        for _ in range(1 + (self.number() & 1)):
            self.number()


def imported(content: bytes) -> list[str]:
    """Names of all that a WebAssembly object imports."""
    whole, names = Reader(content), []
    assert whole.take(8) == b"\0asm\1\0\0\0"
    while whole.at < len(content):
        kind, section = whole.number(), Reader(whole.take(whole.number()))
        for _ in range(section.number() if kind == 2 else 0):
            module, name, what = section.text(), section.text(), section.number()
            assert module == "env"
            names.append(name)
            if what == 0:  # a function: its type
                section.number()
            elif what == 1:  # a table: of what, how large
                section.take(1), section.limits()
            elif what == 2:  # the memory
                section.limits()
            else:  # a global: its type, whether it changes
                section.take(2)
    return names


@pytest.mark.slow
def test_every_function_is_compiled_once(emitted: dict[str, dict[str, int]]) -> None:
    """One signature a function, whatever constants it is called with: half the time to compile, and no surprise."""
    times = emitted["times"]
    assert {name for name, count in times.items() if count > 1} == set()
    entries = {name: times[name] for name in emitted["asked"]}
    assert set(entries) >= {"path.live_paths", "path.opening_value", "expect.expect"}
    assert set(entries.values()) == {1} and len(times) > 100


@pytest.mark.slow
def test_the_model_runs_where_there_is_no_python(emitted: dict[str, dict[str, list[str]]]) -> None:
    """Emitted for WebAssembly it takes a memory, its stack and four functions of real numbers, and nothing else."""
    for name, asked in emitted["asked"].items():
        own = {"__linear_memory", "__stack_pointer", "__indirect_function_table"}
        assert "__linear_memory" in asked and set(asked) - own <= ALLOWED, name


# Nowhere to keep it.


@pytest.mark.parametrize("command", ["warm", "run"])
@pytest.mark.parametrize("place", ["a file", "below a file"])
def test_a_cache_that_cannot_be_written_is_one_line(place: str, command: str, tmp_path: Path) -> None:
    """It names the folder, says why and what to do."""
    file = tmp_path / "file"
    file.touch()
    cache = file if place == "a file" else file / "below"
    told = [command, *(["base", "--paths", "1", "--out", str(tmp_path / "out")] if command == "run" else [])]
    done = subprocess.run(
        [sys.executable, "-m", "partnering", "--params", str(PARAMS), *told],
        env=os.environ | {"PARTNERING_CACHE": str(cache)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"partnering: the compiled model cannot be kept in {cache}: not a directory; name a")
    assert done.stderr.endswith(" PARTNERING_CACHE\n") and len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_such_a_line_comes_through_from_a_worker() -> None:
    assert pickle.loads(pickle.dumps(CacheError("one line"))).problems == ["one line"]


def test_without_a_compiler_there_is_nothing_to_keep(tmp_path: Path) -> None:
    """The set-up works there too."""
    (tmp_path / "file").touch()
    process = start("-warm", ROOT / "src", NUMBA_DISABLE_JIT="1", PARTNERING_CACHE=str(tmp_path / "file"))
    assert finish(process) == ("", "")
