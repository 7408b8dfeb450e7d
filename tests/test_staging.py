"""Publishing to the report folder: one run at a time, all files or none, whatever is killed when."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import partnering
from partnering.report import staging
from partnering.report.errors import ReportError
from partnering.report.renew import make_report
from partnering.report.staging import (
    JOURNAL,
    PUBLISHED,
    LockedError,
    finish_interrupted_move,
    is_published,
    move_into_place,
    report_lock,
    stage,
)
from partnering.results.access import forget_other_runs
from partnering.results.place import Place

ROOT = Path(__file__).parents[1]
SRC = str(Path(partnering.__file__).parents[1])
HOLD = """
import sys, time
from pathlib import Path
from partnering.report.staging import report_lock
with report_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""
DIE_AFTER = """
import os, shutil, signal, sys
from pathlib import Path
steps_left = int(sys.argv[3])
def die_after(action):
    def step(*args, **kwargs):
        global steps_left
        if not steps_left:
            os.kill(os.getpid(), signal.SIGKILL)
        steps_left -= 1
        return action(*args, **kwargs)
    return step
"""
MOVE_AND_DIE = f"""
{DIE_AFTER}
from partnering.report import staging
os.replace, Path.unlink, shutil.copyfile = map(die_after, (os.replace, Path.unlink, shutil.copyfile))
staging.move_into_place(Path(sys.argv[1]), Path(sys.argv[2]), ["index.html", "a.html", "data/a.csv"], "new")
"""
REMOVE_AND_DIE = f"""
{DIE_AFTER}
from partnering.results.access import remove
os.replace, os.unlink, os.rmdir = map(die_after, (os.replace, os.unlink, os.rmdir))
dict(rmtree=shutil.rmtree, remove=remove)[sys.argv[1]](Path(sys.argv[2]))
"""


def start(script, *args):
    environment = os.environ | {"PYTHONPATH": SRC}
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)], env=environment, stdout=subprocess.PIPE, text=True
    )


def staged(folder, **texts):
    stage(folder)
    for name, text in texts.items():
        path = folder / {"csv": "data/a.csv"}.get(name, f"{name}.html")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def visible(folder):
    """Return what a reader finds in the folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    names = {str(path.relative_to(folder)): path.read_text() for path in files}
    return {name: text for name, text in names.items() if not name.startswith(".")}


@pytest.fixture
def published(tmp_path):
    """A report folder with an earlier report, one page of which will be stale, and a file that is not ours."""
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / "README.md").write_text("kept")
    old = staged(tmp_path / "old", index="old", a="old", gone="old")
    move_into_place(old, reports, ["index.html", "a.html", "gone.html"], "old")
    return reports


PAGES = ["index.html", "a.html", "data/a.csv"]
OLD = {"README.md": "kept", "index.html": "old", "a.html": "old", "gone.html": "old"}
NEW = {"README.md": "kept", "index.html": "new", "a.html": "new", "data/a.csv": "new"}


def test_a_move_publishes_all_and_removes_only_stale_pages(tmp_path, published):
    build = staged(tmp_path / "build", index="new", a="new", csv="new", draft="not published")
    move_into_place(build, published, PAGES, "new")
    assert visible(published) == NEW and is_published(published, "new") and not is_published(published, "old")
    assert finish_interrupted_move(published) is False


@pytest.mark.parametrize(
    "pages", [["index.html", "b.html"], ["a.html"], ["index.html", "../a.html"], ["index.html", ".lock"]]
)
def test_the_last_good_report_survives_a_move_that_cannot_be(tmp_path, published, pages):
    with pytest.raises(ReportError):
        move_into_place(staged(tmp_path / "build", index="new", a="new"), published, pages, "new")
    assert visible(published) == OLD and is_published(published, "old")


@pytest.mark.parametrize("steps", range(10))
def test_a_move_killed_at_any_step_is_finished_or_never_happened(tmp_path, published, steps):
    build = staged(tmp_path / "build", index="new", a="new", csv="new")
    killed = start(MOVE_AND_DIE, build, published, steps).wait(timeout=30) == -signal.SIGKILL
    assert killed == (steps < 9), "the move has another number of steps: extend the range"
    left = visible(published)
    assert left["index.html"] == "old" or (left["a.html"], left["data/a.csv"]) == ("new", "new"), "index is not last"
    started = finish_interrupted_move(published)
    assert visible(published) == (NEW if started or not killed else OLD)
    move_into_place(build, published, PAGES, "new")
    assert visible(published) == NEW and is_published(published, "new")
    assert not (published / ".incoming").exists()


@pytest.mark.parametrize("steps", range(5))
def test_a_staging_folder_whose_removal_was_cut_off_is_empty_again(tmp_path, steps):
    """A run killed at its very end, at any step of tidying up, does not stand in the way of the next."""
    build = staged(tmp_path / "build", index="old", a="old", csv="old")
    assert start(REMOVE_AND_DIE, "rmtree", build, steps).wait(timeout=30) == -signal.SIGKILL and build.exists()
    assert list(stage(build).iterdir()) == []


@pytest.mark.parametrize("steps", range(7))
def test_a_stored_run_whose_removal_was_cut_off_is_whole_or_gone(tmp_path, steps):
    place = Place(tmp_path, tmp_path)
    run = place.runs / "run"
    (run / "data").mkdir(parents=True)
    names = ["manifest.json", "a.csv", "data/b.csv"]
    for name in names:
        (run / name).write_text("stored")
    assert start(REMOVE_AND_DIE, "remove", run, steps).wait(timeout=30) == -signal.SIGKILL
    assert [name for name in names if (run / name).exists()] == (names if steps == 0 else [])
    forget_other_runs(place, [])
    assert list(place.runs.iterdir()) == []


def test_a_second_run_is_refused_by_name_and_a_killed_one_frees_the_lock(tmp_path):
    holder = start(HOLD, tmp_path / "reports")
    try:
        assert holder.stdout.readline() == "held\n"
        with (
            pytest.raises(LockedError, match=rf"^another run \(pid {holder.pid}, started .+\) holds reports/\.lock$"),
            report_lock(tmp_path / "reports"),
        ):
            pass
    finally:
        holder.send_signal(signal.SIGKILL)
        holder.wait(timeout=10)
    with report_lock(tmp_path / "reports"):
        pass
    with report_lock(tmp_path / "reports"):
        pass


# What is written down is held against its digest and its folder


@pytest.fixture
def victim(tmp_path):
    """A file beside the report folder, that is somebody else's."""
    file = tmp_path / "victim"
    file.write_text("not ours")
    return file


def forge(reports, file=PUBLISHED, **changed):
    """Write a record or journal as a report does, its digest included, with other names."""
    stamp = json.loads((reports / PUBLISHED).read_text()) | changed
    stamp.pop("digest")
    (reports / file).write_text(json.dumps(stamp | {"digest": staging._digest_of(stamp)}))


OUTSIDE = ["../victim", "VICTIM", "link/victim", "a/../../victim", ".lock", ".runs/x", ""]


@pytest.mark.parametrize("file", [PUBLISHED, JOURNAL])
@pytest.mark.parametrize("name", OUTSIDE)
def test_nothing_outside_the_folder_is_moved_or_removed(tmp_path, published, victim, name, file):
    """Neither by a list of what was published nor by a journal, whole by its own digest."""
    (published / "link").symlink_to(tmp_path)
    name = name.replace("VICTIM", str(victim))
    content = staging.digest(victim)
    for changed in ({"stale": [name]}, {"files": {name: content}, "stale": []}):
        forge(published, PUBLISHED, files={"index.html": staging.digest(published / "index.html")}, stale=[])
        forge(published, file, **changed)
        finish_interrupted_move(published)
        move_into_place(staged(tmp_path / "build", index="new", a="new", csv="new"), published, PAGES, "new")
        assert victim.read_text() == "not ours"
        assert NEW.items() <= visible(published).items() and is_published(published, "new")
        assert not (published / JOURNAL).exists()


@pytest.mark.parametrize("name", ["link/a.html", "/elsewhere/a.html", "b/../a.html"])
def test_no_page_is_published_outside_the_folder(tmp_path, published, name):
    (published / "link").symlink_to(tmp_path)
    with pytest.raises(ReportError, match="cannot be published under this name"):
        move_into_place(tmp_path, published, ["index.html", name], "new")


def test_the_report_folder_itself_may_be_a_link(tmp_path, published):
    link = tmp_path / "link"
    link.symlink_to(published)
    move_into_place(staged(tmp_path / "build", index="new", a="new", csv="new"), link, PAGES, "new")
    assert visible(published) == NEW and is_published(link, "new")


@pytest.mark.parametrize("folder", [".build", ".executed", ".runs", ".incoming", "draft"])
def test_a_folder_of_ours_that_is_a_link_elsewhere_is_refused(tmp_path, victim, folder):
    reports = tmp_path / "reports"
    reports.mkdir()
    (reports / folder).symlink_to(tmp_path)
    with pytest.raises(ReportError, match=rf"^reports/{folder} leads out of the report folder; remove it$"):
        make_report([], None, Place(ROOT, reports), print)
    assert victim.read_text() == "not ours"


BROKEN = ["", "{", "[]", "3", '{"files": {}}', '{"files": ["index.html"], "stale": [], "key": "k", "digest": "d"}']


@pytest.mark.parametrize("text", BROKEN)
def test_a_damaged_record_or_journal_counts_as_none(tmp_path, published, text):
    for name in (PUBLISHED, JOURNAL):
        (published / name).write_text(text)
    assert not is_published(published, "old") and finish_interrupted_move(published) is False
    move_into_place(staged(tmp_path / "build", index="new", a="new", csv="new"), published, PAGES, "new")
    assert visible(published) == NEW | {"gone.html": "old"}, "what is listed nowhere stays"
    assert is_published(published, "new") and not (published / JOURNAL).exists()


def test_a_number_changed_in_the_record_is_found_out(published):
    record = published / PUBLISHED
    record.write_text(record.read_text().replace('"old"', '"new"'))
    assert not is_published(published, "new")


@pytest.mark.parametrize("damaged", ["index.html", "gone.html"])
def test_a_page_that_was_changed_or_lost_is_not_current(published, damaged):
    assert is_published(published, "old")
    (published / damaged).write_text("$1,000 million")
    assert not is_published(published, "old")
    (published / damaged).unlink()
    assert not is_published(published, "old")


def test_a_move_whose_copy_is_damaged_is_given_up(tmp_path, published):
    """Killed before its first page was moved, and a copy cut off since: the old report stays."""
    build = staged(tmp_path / "build", index="new", a="new", csv="new")
    assert start(MOVE_AND_DIE, build, published, 4).wait(timeout=30) == -signal.SIGKILL
    (published / ".incoming" / "a.html").write_text("ne")
    assert finish_interrupted_move(published) is False
    assert visible(published) == OLD and is_published(published, "old")
