"""Texts of the measurement of a quiet week."""

TEXTS: dict[str, tuple[str, str]] = {
    "quiet.about": (
        "平静期误报测量:模拟县只有离线、充装、标定等日常,没有险情,统计预警条数",
        "warnings in a quiet world: offline points, fillings and bump tests, no emergency",
    ),
    "quiet.days": ("模拟天数", "days to simulate"),
    "quiet.scale": ("规模", "size of the world"),
    "quiet.seed": ("随机种子", "seed"),
    "quiet.period": ("网关上传周期(秒)", "seconds between the frames of a gateway"),
    "quiet.rules": ("规则文件夹", "folder of rules"),
    "quiet.progress": (
        "… 第 {day:.1f} 天,{readings} 条读数,预警 {warnings} 条",
        "... day {day:.1f}, {readings} readings, {warnings} warnings",
    ),
    "quiet.head": (
        "{enterprises} 家企业、{sources} 个危险源、{points} 个测点,{days:g} 天,每 {period} 秒一帧,{readings} 条读数(种子 {seed},规则 {rules})",
        "{enterprises} enterprises, {sources} hazard sources, {points} points, {days:g} days, a frame each {period} s, {readings} readings (seed {seed}, rules {rules})",
    ),
    "quiet.row": (
        "{level}: {count} 条,每源每日 {rate:.5f}(上限 {limit})",
        "{level}: {count}, {rate:.5f} a source and day (limit {limit})",
    ),
    "quiet.no_limit": ("未规定", "none"),
    "quiet.alarms": (
        "测点报警: {count} 条,每源每日 {rate:.4f}(上限 {limit})",
        "point alarms: {count}, {rate:.4f} a source and day (limit {limit})",
    ),
    "quiet.causes": ("预警起因: {causes}", "causes of warnings: {causes}"),
    "quiet.why": (
        "  第 {day:.3f} 天 {what} {rule} {where}: {value}(限值 {limit})",
        "  day {day:.3f} {what} {rule} {where}: {value} (limit {limit})",
    ),
    "quiet.more": ("  {rule}: 另有 {count} 条", "  {rule}: {count} more"),
}
