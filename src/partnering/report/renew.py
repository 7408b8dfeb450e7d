"""The report made anew where anything it is made of has changed. That is asked first, before an input is read."""

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from partnering.report.staging import finish_interrupted_move, report_lock
from partnering.results.digests import describe_platform, digest_files, lock_digest, model_digest, report_digest
from partnering.results.place import STUDY, Place

BUILT = ".built.json"


def make_report(names: Sequence[str], paths: int | None, place: Place, say: Callable[[str], None]) -> Path:
    """Make the report, or with names or paths given a draft; return its index.

    Raises InputError before anything is simulated, and a Refusal with the last good report left as it was.
    """
    draft = bool(names or paths)
    target = place.reports / "draft" if draft else place.reports
    with report_lock(place.reports):
        finish_interrupted_move(target)
        place = Place(place.project.resolve(), place.reports.resolve(), paths)
        key = report_key(names, place)
        if is_current(target, key, studies(place)):
            index = target / json.loads((target / BUILT).read_text("utf-8"))["files"][0]
            say(f"Nothing changed; {os.path.relpath(index)} is up to date.")
            return index
        from partnering.report.pipeline import plan_report, publish_report  # slow to import

        order = plan_report(names, place, target, draft)
        (target / BUILT).unlink(missing_ok=True)
        files = publish_report(order, say)
        digest = digest_files([target / name for name in files], target)
        built = {"key": key, "studies": studies(place), "files": files, "digest": digest}
        (target / BUILT).write_text(json.dumps(built, indent=1) + "\n", "utf-8")
    return target / files[0]


def report_key(names: Sequence[str], place: Place) -> str:
    """Return the digest of everything a report is made of: inputs, code, lock and platform."""
    params = [file for file in place.params.rglob("*") if file.is_file()]
    made_of = {
        "order": [*names, place.paths],
        "params": digest_files(params, place.params),
        "code": [model_digest(), report_digest(place.project), lock_digest(place.project)],
        "platform": describe_platform(),
    }
    return hashlib.sha256(json.dumps(made_of, sort_keys=True).encode()).hexdigest()


def studies(place: Place) -> list[str]:
    """Return the names of the studies of coverage there are: a report shows its own, and clears others away."""
    return sorted(folder.name for folder in place.runs.glob(f"[!.]*{STUDY}*"))


def is_current(target: Path, key: str, measured: list[str]) -> bool:
    """Return whether this very report is published, of these studies, and every file of it is as it was written."""
    try:
        built = json.loads((target / BUILT).read_text("utf-8"))
        files = [target / name for name in built["files"]]
        same = built["key"] == key and built["studies"] == measured
        return bool(files) and same and built["digest"] == digest_files(files, target)
    except (OSError, ValueError, KeyError, TypeError):
        return False
