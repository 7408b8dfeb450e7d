"""Sign the partnership or go it alone: the model behind the report."""

__version__ = "0.1.0"
