"""The stream engine: from bytes on raw topics to warnings, one partition at a time."""
