"""What drives the answer and what would turn it, from arrays a run already holds."""
