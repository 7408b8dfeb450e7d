"""Lists what the locked packages are licensed under, in LICENCES.md: `make licences`. Read by tests/test_supply.py."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
FILE = ROOT / "LICENCES.md"
MADE_ON = {"python_version": "3.11", "python_full_version": "3.11.15", "implementation_name": "cpython"} | {
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "platform_machine": "x86_64",
    "sys_platform": "linux",
    "os_name": "posix",
}
"""Whose packages the file lists: the lock's markers decide, so that any machine can check it."""

SPELLINGS = {
    "Apache 2.0": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "DFSG approved; MIT License": "MIT",
}
"""What packages write, and the short name of what they mean."""

REVIEWED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
} | {
    "MPL-2.0",  # its own files stay under it; nothing here changes them
    "PSF-2.0",
    "Zlib",
}
"""Licences that ask for no more than a notice, or to pass on changes to the package's own files."""

BY_HAND = {
    "axe-playwright-python": "MIT",  # its metadata names none; its licence file is MIT's text
}


def locked(text: str) -> dict[str, str]:
    """Return version by package of a lock, for the Python and the platform the file is made on."""
    found = {}
    for line in re.findall(r"^[^\s#].*?(?= \\$)", text, re.MULTILINE):
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(MADE_ON):
            found[canonicalize_name(requirement.name)] = str(requirement.specifier).removeprefix("==")
    return found


def installed() -> dict[str, tuple[str, str]]:
    """Return (version, licence) by package of the environment, as pip-licenses reads them."""
    command = [sys.executable, "-m", "piplicenses", "--format=json", "--with-system"]
    read = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {canonicalize_name(p["Name"]): (p["Version"], named(p["Name"], p["License"])) for p in read}


def named(package: str, written: str) -> str:
    """Return the licence of a package by its short name."""
    return BY_HAND.get(canonicalize_name(package), SPELLINGS.get(written, written))


def refused(licence: str) -> bool:
    """Return whether a licence, or every choice of one, has a part that nobody has reviewed."""
    choices = [choice.strip("() ").split(" AND ") for choice in licence.split(" OR ")]
    return not any(set(choice) <= REVIEWED for choice in choices)


def lines(licences: dict[str, tuple[str, str]]) -> Iterator[str]:
    """Yield the lines of the file: packages with their versions, by licence."""
    yield "# Licences of the locked packages"
    yield ""
    yield "Made by `make licences`; Python 3.11 on Linux. What each package says of itself; a test compares the lock."
    for licence in sorted({licence for _, licence in licences.values()}):
        yield from ("", f"## {licence}", "")
        yield from (f"- {name} {version}" for name, (version, own) in sorted(licences.items()) if own == licence)


def listed(text: str) -> dict[str, tuple[str, str]]:
    """Return (version, licence) by package as the file has it."""
    found, licence = {}, ""
    for line in text.splitlines():
        if line.startswith("## "):
            licence = line.removeprefix("## ")
        elif line.startswith("- "):
            name, version = line.removeprefix("- ").split()
            found[name] = version, licence
    return found


def main() -> None:
    """Write the file. Packages of the lock that are not installed keep the licence they had."""
    wanted = locked((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    known = (listed(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}) | installed()
    missing = sorted(name for name, version in wanted.items() if known.get(name, ("",))[0] != version)
    if missing:
        sys.exit(f"licences: not installed in the locked version: {', '.join(missing)}")
    FILE.write_text("\n".join([*lines({name: known[name] for name in wanted}), ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
