"""`python -m proxy.cli`: how workers are started, whatever the command's own name and place are."""

from proxy.cli import main

main()
