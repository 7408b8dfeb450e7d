"""The pipeline on real notebooks: what it publishes, what it leaves alone, and what survives a failure."""

import json
import re
import shutil
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from labelled import collect, disagreements
from project import DEALS, ROOT, copy_project, published, report

from partnering.__main__ import main
from partnering.analysis.store import ANSWERS
from partnering.inputs import InputError
from partnering.report import style
from partnering.report.errors import ReportError
from partnering.report.pipeline import WHOLE, WORKBOOK
from partnering.report.staging import LockedError, report_lock

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]  # reports are made, on two cores that others use too


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published report of two scenarios, in a folder with a space and a letter outside ASCII."""
    folder = copy_project(tmp_path_factory.mktemp("made") / "my prüfung", "base", "royalty_low")
    report(folder)
    return folder


def text_of(page: bytes) -> str:
    """The words of a page without style and tags."""
    body = re.sub(r"<style>.*?</style>", " ", page.decode(), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).replace("\u00a0", " ").split())


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new), "utf-8")


def test_it_publishes_the_brief_a_page_per_scenario_and_the_tables(project: Path) -> None:
    files = published(project / "reports")
    pages = {name for name in files if name.endswith(".html")}
    whole = {"index.html", *(f"{name}.html" for name in WHOLE if name != "brief")}
    assert pages == {*whole, "scenario-base.html", "scenario-royalty_low.html"}
    tables = {name for name in files if name.startswith("tables/base/")}
    assert {Path(name).stem for name in tables} == {
        "headline",
        "lines",
        "exposures",
        "cash",
        "claim",
        "counts",
        "inputs",
        "checks",
        "beliefs",
        "decisions",
        "survival",
        "quarters",
        "manifest",
        *ANSWERS,
        "surface",
    }
    assert {name.split("/")[1] for name in files if name.startswith("tables/")} == {"base", "royalty_low", *DEALS}
    live = {"negotiation.html"}
    assert all(len(page) < (1_000_000 if name in live else 400_000) for name, page in files.items() if name in pages)
    assert files[WORKBOOK].startswith(b"PK") and b'href="workbook.xlsx"' in files["index.html"]


def test_a_second_report_does_nothing(project: Path) -> None:
    before = {file: file.stat().st_mtime_ns for file in (project / "reports").glob("*.html")}
    said = report(project)
    assert len(said) == 1 and said[0].startswith("Nothing changed")
    assert before == {file: file.stat().st_mtime_ns for file in (project / "reports").glob("*.html")}


def test_two_reports_are_the_same_to_the_byte(project: Path, tmp_path: Path) -> None:
    other = copy_project(tmp_path / "elsewhere", "base", "royalty_low")
    report(other)
    assert published(other / "reports") == published(project / "reports")


@pytest.mark.parametrize("page", ["scenario-base.html", "scenario-royalty_low.html"])
def test_the_answer_agrees_with_the_table_it_is_made_from(project: Path, page: str) -> None:
    scenario = page.removeprefix("scenario-").removesuffix(".html")
    table = pd.read_csv(project / "reports" / "tables" / scenario / "headline.csv")
    table = table[table["view"] == "financed"]
    mean = table[(table["party"] == "company") & (table["metric"] == "npv_mean")].set_index("strategy")["value"]
    alone = mean.drop("partnership").idxmax()
    pair = table[table["strategy"] == f"partnership-{alone}"].set_index("metric")["value"]
    box = r'<p class="sentence">(.*?)</p>' if page == "index.html" else r"<blockquote>(.*?)</blockquote>"
    answer = re.search(box, published(project / "reports")[page].decode(), re.DOTALL)
    assert answer is not None
    said = text_of(answer[1].encode())
    assert (
        f"${abs(pair['difference_mean']):,.0f} million" in said
        or f"${abs(pair['difference_mean']):.1f} million" in said
    )
    assert f"{100 * pair['p_better']:.0f} % of futures" in said
    low, high = (
        table[table["strategy"] == f"partnership-{alone}"].query("metric == 'difference_mean'")[["low", "high"]].iloc[0]
    )
    expected = "Sign" if low > 0 else ("Do not sign", "Not signing") if high < 0 else ("Nothing", "Too close")
    assert said.startswith(expected)


def test_the_menu_says_what_each_page_and_table_says(project: Path) -> None:
    """Every scenario once, the same numbers as its page and its headline.csv, and a page leads back to the menu."""
    pages = {name: page.decode() for name, page in published(project / "reports").items() if name.endswith(".html")}
    table = BeautifulSoup(pages["scenarios.html"], "html.parser").select_one("#menu tbody")
    assert table is not None
    rows = {str(row.a["href"]): [cell.get_text() for cell in row(["th", "td"])] for row in table("tr") if row.a}
    assert set(rows) == {"scenario-base.html", "scenario-royalty_low.html"} and len(table("tr")) == 2
    for page, (link, lead, rival, ahead, *_, family) in rows.items():
        scenario = page.removeprefix("scenario-").removesuffix(".html")
        headline = pd.read_csv(project / "reports" / "tables" / scenario / "headline.csv").query("view == 'financed'")
        leads = headline[headline["strategy"].str.startswith("partnership-")].set_index(["metric", "strategy"])["value"]
        nearest = leads["difference_mean"].loc[lambda over: over == float(over.min())].index[0]
        assert lead == style.amount(leads["difference_mean", nearest])
        assert ahead == style.percent(leads["p_better", nearest])
        box = BeautifulSoup(pages[page], "html.parser").blockquote
        said = box.get_text().replace("\u00a0", " ") if box else ""
        assert f"{rival}, the best way of" in said and f"ahead in {ahead} of futures".replace("\u00a0", " ") in said
        assert link.startswith({"base": "Base case: ", "royalty_low": "Royalty low: "}[scenario])
        assert family == {"base": "Base case", "royalty_low": "Deal and partner"}[scenario]
        assert 'href="scenarios.html"' in pages[page] and page not in pages["model.html"]


def test_every_file_named_as_in_the_report_folder_is_there(project: Path) -> None:
    files = published(project / "reports")
    for name, page in files.items():
        if name.endswith(".html"):
            named = re.findall(r"<code>?([a-z/_-]+\.csv)</code>?, in the report folder", page.decode())
            assert all(file in files or f"tables/{file}" in files for file in named)
            for href in re.findall(r'href="([^"#:]+)"', page.decode()):
                assert (project / "reports" / href).is_file(), href


def test_every_link_into_a_page_leads_to_something_there(project: Path) -> None:
    """Headline numbers lead to inputs, inputs to sources; nothing leads nowhere."""
    pages = {name: page.decode() for name, page in published(project / "reports").items() if name.endswith(".html")}
    ids = {name: set(re.findall(r'\sid="([^"]+)"', page)) for name, page in pages.items()}
    links = [(name, *link) for name, page in pages.items() for link in re.findall(r'href="([^"#:]*)#([^"]+)"', page)]
    assert [link for link in links if link[2] not in ids[link[1] or link[0]]] == []
    to_inputs = {target for _, file, target in links if file == "evidence.html" and target.startswith("input-")}
    assert len(to_inputs) > 10
    sources = {target for _, _, target in links if target.startswith("source-")}
    assert sources <= ids["evidence.html"] and len(sources) > 5


def test_the_brief_says_on_its_first_screen_that_it_is_not_decision_grade(project: Path) -> None:
    """Where the page of evidence says so: with few futures it may be."""
    answer = BeautifulSoup(published(project / "reports")["index.html"], "html.parser").find(class_="answer")
    assert answer is not None
    said = answer.get_text(" ").replace("\u00a0", " ")
    badge = re.search(r"Not decision-grade\.\s+Assumptions carry (over )?\d+ % of what moves the lead", said)
    found = BeautifulSoup(published(project / "reports")["evidence.html"], "html.parser").find("blockquote")
    assert found is not None and bool(badge) == ("Not decision-grade" in found.get_text(" "))


def test_the_brief_agrees_with_the_table_it_is_made_from(project: Path) -> None:
    """Each rival's column has the lead, its range over assumptions, the share ahead and the chances of a loss."""
    table = pd.read_csv(project / "reports" / "tables" / "base" / "headline.csv")
    table = table[(table["view"] == "financed") & (table["party"] == "company")]
    values = table.set_index(["strategy", "metric"])["value"]
    answer = BeautifulSoup(published(project / "reports")["index.html"], "html.parser").find(class_="answer")
    assert answer is not None
    said = " ".join(answer.get_text(" ").replace("\u00a0", " ").replace("\u2060", "").split())
    for family in (("market", "concept", "ind", "best"), ("shrink", "wind_up")):
        rival = max(family, key=lambda slug: values[slug, "npv_mean"])
        pair = f"partnership-{rival}"
        for metric in ("difference_mean", "lead_p05_inputs", "lead_p95_inputs"):
            assert style.tile(values[pair, metric]).replace("\u2060", "") in said
        for share in (values[pair, "p_better"], values[rival, "p_loss"], values["partnership", "p_loss"]):
            assert style.percent(share).replace("\u00a0", " ") in said


def test_no_two_pages_give_different_numbers_for_the_same_words(project: Path) -> None:
    runs = {file.parent.name: json.loads(file.read_bytes()) for file in project.glob("reports/tables/*/manifest.json")}
    pages = {name: page.decode() for name, page in published(project / "reports").items() if name.endswith(".html")}
    said = [number for name, page in pages.items() for number in collect(name, page, runs)]
    words: dict[tuple[str, str, str], set[str]] = {}
    for number in said:
        words.setdefault((number.label, number.scenario, number.basis), set()).add(number.page)
    assert sum(len(on) > 1 for on in words.values()) > 10  # enough is said twice for the rule to mean something
    assert disagreements(said) == []


def test_a_draft_has_a_banner_and_leaves_the_full_report_alone(project: Path) -> None:
    before = published(project / "reports")
    report(project, names=("royalty_low",), paths=200)
    after = published(project / "reports")
    assert {name: page for name, page in after.items() if not name.startswith("draft/")} == before
    assert text_of(after["draft/index.html"]).count("Draft: some scenarios") == 1
    assert "Draft:" not in text_of(after["index.html"])
    shutil.rmtree(project / "reports" / "draft")


def test_a_failing_notebook_leaves_the_last_good_report_and_names_the_cell(project: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(project, broken)
    before = published(broken / "reports")
    notebook = broken / "notebooks" / "scenario.ipynb"
    edit(notebook, "views.tabulate_difference(run, judged, ", "views.tabulate_difference(run, judged.nothing, ")
    for _ in range(2):
        with pytest.raises(ReportError, match=r"scenario\.ipynb: cell 'difference': .*nothing") as caught:
            report(broken)
        assert "\n" not in str(caught.value)
    assert published(broken / "reports") == before
    assert list((broken / "reports" / ".build").glob("*.failed.ipynb"))
    notebook.write_bytes((project / "notebooks" / "scenario.ipynb").read_bytes())
    report(broken)
    assert published(broken / "reports") == before


def test_bad_params_stop_everything_before_the_first_draw(project: Path, tmp_path: Path, capsys) -> None:
    bad = tmp_path / "bad"
    shutil.copytree(project, bad)
    before = published(bad / "reports")
    edit(bad / "params" / "scenarios" / "royalty_low.yaml", "0.024", "2.4")
    with pytest.raises(InputError, match=r"royalty_low\.yaml:\d+: deal\.royalty\.rates"):
        report(bad)
    assert main(["--params", str(bad / "params"), "report", "--reports", str(bad / "reports")]) == 2
    out, err = capsys.readouterr()
    assert out == "" and "Traceback" not in err and len(err.strip().splitlines()) == 1
    assert published(bad / "reports") == before


def test_only_what_reads_something_that_changed_is_executed_again(project: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(project, changed)
    kept = {file.name: file.stat().st_mtime_ns for file in (project / "reports" / ".executed").iterdir()}
    assert {name.rsplit("-", 2)[0] for name in kept} >= {"index", "model", "scenario-base", "scenario-royalty_low"}
    edit(changed / "notebooks" / "model.ipynb", "## What this run passed", "## What must hold: what it passed")
    report(changed)
    now = {file.name for file in (changed / "reports" / ".executed").iterdir()}
    assert {name.rsplit("-", 2)[0] for name in now - set(kept)} == {"model"}
    assert len(now) == len(WHOLE) + 2
    assert "What must hold" in text_of(published(changed / "reports")["model.html"])


def test_a_scenario_that_is_gone_takes_its_page_with_it(project: Path, tmp_path: Path) -> None:
    fewer = tmp_path / "fewer"
    shutil.copytree(project, fewer)
    (fewer / "params" / "scenarios" / "royalty_low.yaml").unlink()
    report(fewer)
    files = published(fewer / "reports")
    assert "scenario-royalty_low.html" not in files and not any("royalty_low" in name for name in files)
    assert "royalty_low" not in files["index.html"].decode()
    kept = sorted(file.name for file in (fewer / "reports" / ".runs").iterdir())
    assert [name.split("-")[0] for name in kept] == ["base", "base", *DEALS] and kept[1].startswith(f"{kept[0]}-asked-")


def test_a_damaged_page_is_made_again(project: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged"
    shutil.copytree(project, damaged)
    good = published(damaged / "reports")
    (damaged / "reports" / "index.html").write_text("half a page", "utf-8")
    said = report(damaged)
    assert not said[0].startswith("Nothing changed")
    assert published(damaged / "reports") == good


def test_a_second_run_at_the_same_time_is_refused(project: Path, capsys) -> None:
    with report_lock(project / "reports"):
        with pytest.raises(LockedError, match="another run"):
            report(project)
        assert main(["--params", str(project / "params"), "report", "--reports", str(project / "reports")]) == 1
    assert "another run" in capsys.readouterr().err


def test_another_deal_needs_a_file_and_no_code(tmp_path: Path) -> None:
    other = copy_project(tmp_path / "other", "base")
    shutil.copy(ROOT / "tests" / "data" / "invented_deal.yaml", other / "params" / "scenarios")
    report(other, names=("invented_deal",))
    page = (other / "reports" / "draft" / "scenario-invented_deal.html").read_bytes()
    text = text_of(page)
    assert "Northwind and <b>Halcyon</b> & Sons" in text and "<script>alert(1)</script>" in text
    assert (
        page.decode().count("<script") == 1 and "<b>Halcyon" not in page.decode() and "<i>Pharma" not in page.decode()
    )
    assert "Northwind Bio" in text and "NW-205" in text and "2019-03-01" in text
    for whole in ("index.html", "sensitivity.html", "negotiation.html", "evidence.html", "model.html"):
        assert "Northwind Bio" in text_of((other / "reports" / "draft" / whole).read_bytes())
    assert not (other / "reports" / "draft" / "hindsight.html").exists() and b"hindsight.html" not in page
    soup = BeautifulSoup(page, "html.parser")
    changes = soup.find(id="changes")
    assert changes is not None and "ImmunoGen" in changes.get_text()  # old to new
    changes.decompose()
    assert not re.search("ImmunoGen|Aventis", soup.get_text())
