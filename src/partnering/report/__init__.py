"""What the meeting sees: figures, sentences, and the machinery that runs, renders and publishes notebooks."""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # compiles 35 unused grammars: 2.5 s per process
