"""A watched folder of rules."""

TEXTS: dict[str, tuple[str, str]] = {
    "rules.about.watch": (
        "监视规则目录: 每次保存后检查并发布, 有错误则不发布并说明",
        "watch a folder of rules: what is saved is checked and published; what cannot be used is reported and not published",
    ),
    "rules.watching": ("正在监视 {path}", "watching {path}"),
    "rules.watch_published": (
        "{path}: 已发布 {rules} 条规则, 摘要 {hash}",
        "{path}: published {rules} rules, hash {hash}",
    ),
    "rules.watch_unusable": (
        "{path}: 保存的内容不能使用, 现行规则不变. 请改正后再次保存. {why}",
        "{path}: what was saved cannot be used, the rules in force stay. Mend it and save again. {why}",
    ),
    "rules.watch_failed": ("监视目录 {path} 暂时失败, 将重试: {why}", "watching {path} failed for now, trying again: {why}"),
    "worker.help.rules": (
        "监视此规则目录并在保存后发布 (只交给一个进程)",
        "watch this folder of rules and publish what is saved there (give it to one process only)",
    ),
    "worker.help.approved_by": ("批准放宽规则的人", "who approves what the watched rules relax"),
}
