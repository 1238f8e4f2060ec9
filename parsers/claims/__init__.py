"""What rules claim of a page's values, how claims are settled, and how sure a settled value is."""
