"""What scormveil costs beside a plain proxy and beside the obvious alternative; `python -m bench`."""
