"""User-facing texts, one module an area; `streams.domain.catalogue` is the only reader."""
