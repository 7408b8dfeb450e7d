"""What an option is worth: what it adds on the same futures."""

from pathlib import Path

import pytest
from helpers import PARAMS, load

from partnering.report import choices
from partnering.results.simulate import simulate
from partnering.results.store import write_run
from partnering.results.stored import Results
from partnering.results.verdict import judge


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Results]:
    folder: Path = tmp_path_factory.mktemp("choices")
    return {
        name: write_run(simulate(load(name), 731, 256, 16), folder / name, PARAMS.parent)
        for name in ("base", "gates_commit")
    }


def test_an_option_is_worth_what_it_adds_on_the_same_futures(runs: dict[str, Results]) -> None:
    base, commit = runs["base"], runs["gates_commit"]
    verdict = judge(base)
    (row,) = choices.tabulate_options(base, [base, commit], verdict).to_dict("records")
    added = verdict.signing.value.value - judge(commit).signing.value.value
    assert row["option"] == "Stopping what does not pay" and row["signing"] == pytest.approx(added, abs=1e-4)
    assert choices.plain_run([base, commit]) is commit and choices.plain_run([base]) is None
    assert choices.tabulate_options(base, [base], verdict).empty
