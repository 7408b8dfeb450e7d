"""All luck, in candidate-relative time. Knows no strategy and no calendar."""
