"""The engine's own command line, `aiprod-engine`: one file a command."""
