"""Lists to start from, and a converter that shows what two organisations' lists give."""
