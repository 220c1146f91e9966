"""The answers to a list, in the officer's own sheet: three columns beside what she wrote.

words      an answered row → answer, what to do, whom to call; the closing sentence (pure)
text_copy  a CSV file → the same with the columns, its mark and encoding kept
edits      bytes of XML → the same bytes with some left out and some put in (pure)
book_copy  an XLSX file → the same with the columns; formulas become what they showed
values     any file → its values and the columns, as CSV or XLSX
writing    which of them; the file is there whole or not at all, and its owner's alone
"""
