"""The past of a site: what a web archive holds of it comes in as what it is, a copy that the archive handed out."""
