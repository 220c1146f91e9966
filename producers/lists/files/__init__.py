"""A file → its cells as a spreadsheet program shows them, read in a process of its own.

cells     sheets, rows and cells, and how they cross the pipe (pure)
formats   number formats; a stored number → the day that is shown (pure)
numbers   a number as its format shows it: rounded, with its zeros, or refused (pure)
text, xlsx, sheet, package   one reader a form of file: they run in the child
encodings   the bytes of a text → the encoding that it is in (pure)
other     files that are no list, by what they are called
child     the child: sets its own limits, reads, writes frames
reader    the parent: starts the child, its deadline, its end
"""
