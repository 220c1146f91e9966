"""The red team: each attack of docs/threats.md tried against a running system (`make redteam`)."""
