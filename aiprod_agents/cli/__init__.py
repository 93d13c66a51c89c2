"""The command line: each command parses, calls the studio, prints its result on stdout, and nothing else there."""
