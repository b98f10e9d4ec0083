"""Our tiles beside those of the peers, on the same table in one run; bench/README.md is the protocol."""
