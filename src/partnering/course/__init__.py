"""Who runs which candidate from which quarter. The planned course has no delay."""
