"""Words that join the parts of a told event."""

TEXTS: dict[str, tuple[str, str]] = {
    "mark.drill": ("演练", "drill"),
    "mark.repeated": ("7日内重复", "repeated within 7 days"),
    "narrate.reading": ("{value} {unit}(限值 {limit})", "{value} {unit} (limit {limit})"),
    "narrate.aged": ("长时间未消除, 已升级", "standing too long, counts as graver"),
    "narrate.ended": ("已消除", "over"),
    "narrate.held": ("已恢复, 保持观察", "recovered, under observation"),
    "narrate.whole_site": ("全厂", "whole site"),
    "narrate.more": ("另有 {n} 项", "and {n} more"),
}
