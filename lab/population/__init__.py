"""An invented population. Pure: the same seed gives the same people.

numbers.py      identity numbers, telephones and accounts that nobody has
names.py        common names
namesakes.py    who is so like somebody else that one would ask whether they are one
households.py   families with all of these, in the districts of a province

Numbers, telephones and accounts are random digits: where one of them stands in a file, it was
written there, and is no chance of a few zeros.
"""
