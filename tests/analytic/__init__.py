"""The model in closed form, an independent check: one candidate in expectation, by formulas instead of paths.

It stands on numpy, scipy, the inputs, the clock and the draw of inputs alone, and shares no rule with the model.
"""
