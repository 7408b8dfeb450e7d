"""Runs, tables and the store: the edge below which a change re-simulates and above which it only re-renders."""
