"""What comes in from others and goes out to them: packages, imports, takedowns, replay."""
