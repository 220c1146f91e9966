"""A file → its cells as a spreadsheet program shows them, read in a process of its own.

cells     sheets, rows and cells, and how they cross the pipe (pure)
formats   number formats; a stored number → the day that is shown (pure)
text, xlsx, sheet, package, other   one reader a form of file: they run in the child
child     the child: sets its own limits, reads, writes frames
reader    the parent: starts the child, its deadline, its end
"""
