"""The report made anew where anything it is made of has changed. That is asked first, before an input is read."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from partnering.report import staging
from partnering.results.digests import describe_platform, digest_files, lock_digest, model_digest, report_digest
from partnering.results.place import Place


def make_report(names: Sequence[str], paths: int | None, place: Place, say: Callable[[str], None]) -> Path:
    """Make the report, or with names or paths given a draft; return its index.

    Raises InputError before anything is simulated, and a Refusal with the last good report left as it was.
    """
    draft = bool(names or paths)
    target = place.reports / staging.DRAFT if draft else place.reports
    with staging.report_lock(place.reports):
        for folder in (place.reports, target):
            staging.refuse_links(folder)
        staging.finish_interrupted_move(target)
        place = Place(place.project.resolve(), place.reports.resolve(), paths)
        key = report_key(names, place)
        if staging.is_published(target, key):
            shutil.rmtree(place.reports / staging.BUILD, ignore_errors=True)  # of a run that failed since
            say(f"Nothing changed; {os.path.relpath(target / staging.INDEX)} is up to date.")
        else:
            from partnering.report.pipeline import plan_report, publish_report  # slow to import

            publish_report(plan_report(names, place, target, draft), key, say)
    return target / staging.INDEX


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
