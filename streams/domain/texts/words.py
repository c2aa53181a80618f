"""Words of the scales and kinds that every output uses."""

TEXTS: dict[str, tuple[str, str]] = {
    "level.blue": ("蓝色(低风险)", "blue (low risk)"),
    "level.yellow": ("黄色(一般风险)", "yellow (general risk)"),
    "level.orange": ("橙色(较大风险)", "orange (larger risk)"),
    "level.red": ("红色(重大风险)", "red (major risk)"),
    "kind.raise": ("预警发布", "raised"),
    "kind.upgrade": ("预警升级", "upgraded"),
    "kind.downgrade": ("预警降级", "downgraded"),
    "kind.clear": ("消警", "cleared"),
    "kind.update": ("预警更新", "updated"),
    "kind.finding": ("发现", "finding"),
    "kind.platform": ("平台事件", "platform"),
}
