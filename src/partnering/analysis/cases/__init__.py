"""Published valuations worked by the model's own functions, and the wrong readings that must not come back."""
