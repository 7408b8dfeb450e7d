"""What a full run is asked beyond its values: the same futures again with something else in them, and what follows."""
