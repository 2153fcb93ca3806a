"""The command line: thin, and quick to start. Everything heavy is imported by the command that needs it."""
