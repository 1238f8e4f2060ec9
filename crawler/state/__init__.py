"""What survives a kill: journal, queue, known pages, circuits."""
