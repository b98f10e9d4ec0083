"""What is drawn in place of too many rows: made from them as ``layers.coarse`` declares, and kept up with them."""
