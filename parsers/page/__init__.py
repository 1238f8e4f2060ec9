"""A payload as a document: bytes to text, text to tree, tree to lines; addresses as browsers take them."""
