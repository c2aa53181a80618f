"""Texts of the command line itself, of the demo and of replay."""

TEXTS: dict[str, tuple[str, str]] = {
    "cli.about": ("危险源动态风险流式预警引擎", "stream-processing risk engine for hazard sources"),
}
