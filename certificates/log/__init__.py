"""The transparency log: an append-only Merkle tree over what was issued and what later happened to it."""
