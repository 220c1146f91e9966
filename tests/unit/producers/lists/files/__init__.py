"""Files as spreadsheet programs show them, and files that kill."""
