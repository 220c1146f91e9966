"""The partner's side: a list → canonical identifiers → tokens → a signed submission."""
