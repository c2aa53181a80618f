"""Records of a site as the decisions see them: permits, commitments, cameras, outages, management."""
