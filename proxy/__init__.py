"""scormveil: a pseudonymising reverse proxy between a learning platform and SCORM Cloud."""
