"""The use cases: what the command line, the page and a gateway may ask for, one function each."""
