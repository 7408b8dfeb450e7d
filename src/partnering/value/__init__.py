"""What flows are worth: discounting, roll-back, the closed form, statistics, identities."""
