"""Templates, style sheet and run-time scripts of the sandbox LMS."""
