"""Why a source has its level, read off the state."""
