"""Texts of inherent risk, detectors, data-set readers and the verbs `riskstream models`."""

TEXTS: dict[str, tuple[str, str]] = {
    "inherent.unknown_substance": (
        "{substance}:GB 18218-2018 表1 中没有该名称(相近:{hint});请填写 CAS 号、表2 的类别符号(如 W5.3),或直接给出 critical_t 与 beta",
        (
            "{substance}: not named in table 1 of GB 18218-2018 (close: {hint}); give its CAS number, a class symbol of table 2 "
            "(for example W5.3), or critical_t and beta"
        ),
    ),
    "inherent.unknown_symbol": (
        "{substance}:表2 中没有类别符号 {symbol},可用:{known}",
        "{substance}: table 2 has no class symbol {symbol}; use one of {known}",
    ),
    "inherent.bad_number": (
        "{substance}:{field} = {value} 不是可用的数量,请填写大于 0 的吨数",
        "{substance}: {field} = {value} is no usable quantity; give tonnes above 0",
    ),
    "inherent.bad_people": (
        "暴露人员数应不小于 0,实际为 {people}",
        "exposed people must be 0 or more, not {people}",
    ),
    "inherent.ambiguous": (
        "{substance}:表1 有多个条目({detail}),已按最严的计算;请写全名称",
        "{substance}: table 1 has several rows ({detail}); the strictest was taken: write the full name",
    ),
    "inherent.condition": (
        "{substance}:按表1 条目“{detail}”计算;若不满足其条件,请填写类别符号",
        "{substance}: counted as the row {detail!r}; if its condition does not hold, give a class symbol",
    ),
    "inherent.by_cas": (
        "{substance}:名称不在表1,按 CAS 号对应“{detail}”计算",
        "{substance}: name not in table 1; counted as {detail!r} by its CAS number",
    ),
    "input.bad_line": ("{place}:不是可读的记录:{detail}", "{place}: not a readable record: {detail}"),
    "input.bad_field": ("{place}:{field}:{detail}", "{place}: {field}: {detail}"),
    "input.bad_file": ("{place}:文件无法读取:{detail}", "{place}: the file cannot be read: {detail}"),
    "input.order": ("{place}:{field} 时间倒退:{detail}", "{place}: {field} goes back in time: {detail}"),
    "input.empty_folder": ("{place}:文件夹中没有可回放的文件({detail})", "{place}: no recording in this folder ({detail})"),
    "input.suffix": ("{place}:不支持的文件类型({detail})", "{place}: not a supported kind of file ({detail})"),
    "input.no_pyarrow": (
        "读写 Parquet 需要 pyarrow:pip install 'riskstream[parquet]'",
        "Parquet needs pyarrow: pip install 'riskstream[parquet]'",
    ),
}
