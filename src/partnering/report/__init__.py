"""What the meeting sees: figures, sentences, and the machinery that runs, renders and publishes notebooks."""
