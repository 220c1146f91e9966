"""A partner's spreadsheet as drafts of records: templates and values as data, one reader."""
