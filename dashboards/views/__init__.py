"""The five screens: each reads its named queries and makes components of the rows."""
