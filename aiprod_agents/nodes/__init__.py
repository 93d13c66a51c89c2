"""The eight nodes, one file each; they meet only in the state."""
