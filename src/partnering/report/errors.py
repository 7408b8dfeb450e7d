"""What stops a report although its inputs hold."""


class ReportError(Exception):
    """A report that must not be published as it is; the message is one line."""
