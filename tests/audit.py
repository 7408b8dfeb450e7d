"""Asks whether a locked package has a known weakness: `make audit`. What could not be asked fails."""

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements.lock"
COMMAND = ["-m", "pip_audit", "--format=json", "--progress-spinner=off", "--require-hashes", "--disable-pip"]


def judge(answer: str, complaint: str) -> tuple[list[str], bool]:
    """Return (lines to print, whether every package was looked up and none is weak) of what pip-audit wrote."""
    try:
        packages = json.loads(answer)["dependencies"]
    except (ValueError, KeyError, TypeError):
        told = complaint.strip().splitlines() or ["no answer"]
        return [f"audit: not done, the database of weaknesses did not answer: {told[-1]}"], False
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if skipped or not packages:
        return [f"audit: not done, the database does not know {len(skipped)} of {len(packages)} packages"], False
    weak = [
        f"audit: {package['name']} {package['version']}: {known['id']}, mended in "
        + (", ".join(known["fix_versions"]) or "no version yet")
        for package in packages
        for known in package["vulns"]
    ]
    return weak or [f"audit: {len(packages)} packages, no known weakness"], not weak


def main() -> int:
    """Print what was found and return the exit code."""
    asked = subprocess.run([sys.executable, *COMMAND, "-r", str(LOCK)], capture_output=True, text=True)
    said, passed = judge(asked.stdout, asked.stderr)
    print("\n".join(said), file=sys.stdout if passed else sys.stderr)
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
