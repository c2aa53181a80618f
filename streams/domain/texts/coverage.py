"""Texts of `riskstream rules coverage`."""

TEXTS: dict[str, tuple[str, str]] = {
    "coverage.about": ("规则覆盖表:行业、危险源类别、监测量与接入条目各由哪些规则负责", "the coverage table: which rules serve which profile, kind of source, quantity and row"),
    "coverage.help.out": ("文档路径(默认 {default})", "the document (default {default})"),
    "coverage.help.check": ("只核对:文档是否最新,有无空格缺说明", "only check that the document is current and no cell is empty without reason"),
    "coverage.written": ("已写入 {path}:{cells} 格,{rules} 条规则,按形态计 {shapes} 条", "{path} written: {cells} cells, {rules} rules, {shapes} by shape"),
    "coverage.stale": ("{path} 不是最新,请运行 riskstream rules coverage", "{path} is out of date; run riskstream rules coverage"),
    "coverage.empty": ("{profile} {kind} {ing} {quantity}:没有规则,也没有说明", "{profile} {kind} {ing} {quantity}: no rule and no reason"),
    "coverage.idle": ("这条说明没有对应的空格:{why}", "no empty cell needs this reason: {why}"),
    "coverage.plan": ("{path} 不可用:{why}", "{path} cannot be used: {why}"),
}  # fmt: skip
