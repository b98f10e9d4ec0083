"""What is shown, to whom, and how it looks: one frozen declaration a layer, and the one door to them."""
