"""Several machines played by one: what the operator's guide says of growing, started for real and tried."""
