"""The page for analysts: named read-only queries, pure views, a thin Dash app with a login."""
