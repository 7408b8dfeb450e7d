"""The commands by what they do, and the arguments they take. Imports of a command's own wait until it is called."""
