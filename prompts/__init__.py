"""The words of the crew: one Markdown file a role, and the loader that reads them."""
