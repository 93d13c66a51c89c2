"""The critic: measures of a file, taken by decoding it."""
