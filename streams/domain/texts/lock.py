"""Texts of the lock of rules, and of a rule shown."""

TEXTS: dict[str, tuple[str, str]] = {
    "rules.about.lock": ("写入每条规则的版本与内容(lock.yaml)", "write down version and content of each rule (lock.yaml)"),
    "rules.help.removed": ("确认删除文件中已没有的规则", "rules that no file has any more are meant to be gone"),
    "rules.help.unreleased": (
        "改动的规则从未发布,沿用原版本号", "the changed rules were never published: keep their versions",
    ),
    "rules.locked": ("已锁定 {rules} 条规则:{path}", "{rules} rules locked in {path}"),
    "lock.unreadable": ("锁文件此处不可读", "the lock cannot be read here"),
    "lock.new": ("规则 {rule} {version} 不在锁文件中", "rule {rule} {version} is not in the lock"),
    "lock.released": ("规则 {rule} 已由 {known} 改为 {version},锁文件未更新", "rule {rule} went from {known} to {version}; the lock does not say so"),
    "lock.changed": ("规则 {rule} 的内容已变而版本仍为 {version}", "rule {rule} was changed but is still called {version}"),
    "lock.older": ("规则 {rule} 的版本 {version} 低于已发布的 {known}", "version {version} of rule {rule} is below {known}, which was released"),
    "lock.removed": ("规则 {rule} {version} 已从文件中删除", "rule {rule} {version} is gone from the files"),
    "lock.hint.lock": ("运行 riskstream rules lock", "run riskstream rules lock"),
    "lock.hint.version": ("改用新版本号(如 {next}),再运行 riskstream rules lock", "give it a new version such as {next}, then run riskstream rules lock"),
    "lock.hint.removed": ("恢复该规则(可设 status: deprecated),或运行 riskstream rules lock --removed",
                          "bring it back (status: deprecated keeps it), or run riskstream rules lock --removed"),
    "rules.about.show": ("显示一条规则的含义", "show what a rule asks, in words"),
    "rules.about.schema": ("写出规则文件的 JSON Schema", "write the JSON Schema of rule files"),
    "rules.help.schema": ("写入的文件", "file to write"),
    "rules.about.reference": ("更新 docs/rules.md 中的名称表", "bring the tables of docs/rules.md up to date"),
    "rules.help.reference": ("文档", "the document"),
    "rules.help.id": ("规则编号", "id of the rule"),
    "rules.no_rule": ("没有规则 {rule}", "there is no rule {rule}"),
    "rules.show.tree": ("表达式树({parts} 项,{depth} 层):", "tree ({parts} parts, {depth} deep):"),
    "rules.show.outside": ("来自本测点之外(每秒更新):", "from outside the point, at each tick:"),
}  # fmt: skip
