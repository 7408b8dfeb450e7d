"""Past one machine: thousands of scenarios, their parts made by whatever runs functions."""
