"""Texts of expressions in rules: what cannot be read, and what to write instead."""

TEXTS: dict[str, tuple[str, str]] = {
    "expr.too_long": ("表达式有 {size} 个字符,最多 {most} 个", "the expression has {size} characters, at most {most}"),
    "expr.too_many": ("表达式的项多于 {most} 个", "the expression has more than {most} parts"),
    "expr.too_deep": ("表达式嵌套 {found} 层,最多 {most} 层", "the expression is nested {found} deep, at most {most}"),
    "expr.hint.split": ("拆成两条规则", "make two rules of it"),
    "expr.empty": ("表达式为空", "the expression is empty"),
    "expr.ends": ("表达式没有写完", "the expression ends too early"),
    "expr.unexpected": ("这里不能是 {found}", "{found} cannot stand here"),
    "expr.hint.operator_missing": ("两项之间缺少运算符", "an operator is missing between two values"),
    "expr.not_closed": ("括号没有闭合", "the bracket is not closed"),
    "expr.character": ("不能用字符 {found}", "the character {found} is not part of the language"),
    "expr.hint.write": ("写成 {write}", "write {write}"),
    "expr.upper_case": ("名称用小写:{found}", "names are in lower case: {found}"),
    "expr.hint.lower_case": ("名称用小写字母、数字、下划线和点", "names have lower-case letters, digits, underscores and dots"),
    "expr.number": ("数字 {found} 写法不明", "the number {found} can be read in two ways"),
    "expr.hint.plain_number": ("写成普通十进制,如 1000 或 0.5", "write plain decimals such as 1000 or 0.5"),
    "expr.chained": ("不能连写比较", "comparisons cannot be chained"),
    "expr.hint.two_comparisons": ("写成 a < b and b < c", "write a < b and b < c"),
    "expr.dotted_call": ("函数名 {found} 不能带点", "the function name {found} cannot have a dot"),
}
