"""One exchange with a server: capture on the wire, scope, obstacles, politeness, the browser."""
