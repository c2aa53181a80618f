"""The small job on other engines. Modules here run in the peers' own environment and import nothing of riskstream but `job`."""
