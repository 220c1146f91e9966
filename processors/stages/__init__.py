"""The stages as shells around the pure folds: read, fold, send, wait, write. No Faust here."""
