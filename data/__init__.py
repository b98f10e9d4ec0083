"""What ships with 城图: code tables with their editions, and the generator of an invented town."""
