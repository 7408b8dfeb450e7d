"""What stops a report although its inputs hold."""

from partnering.results.faults import Refusal


class ReportError(Refusal):
    """A report that must not be published as it is; the message is one line."""
