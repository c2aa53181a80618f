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
    "models.about": ("训练、查看、评估和发布异常检测模型", "train, show, evaluate and publish detectors of abnormal behaviour"),
    "models.about.train": ("用正常数据训练模型", "train a detector on normal rows"),
    "models.about.show": ("查看模型:来源、参数、留出段误报率", "show a model: origin, options, false alarms on rows kept apart"),
    "models.about.evaluate": ("评估模型,并列出基准线", "evaluate a model, with the floors beside it"),
    "models.about.publish": ("把模型发布到主题 models", "publish a model to the topic models"),
    "models.help.dataset": (
        "数据集:tep、tep:故障号、petrobras,或映射文件路径(docs/recipes/play-your-data.md)",
        "data set: tep, tep:FAULT, petrobras, or the path of a mapping (docs/recipes/play-your-data.md)",
    ),
    "models.help.source": ("危险源编码(默认用数据集自己的)", "code of the hazard source (default: the data set's own)"),
    "models.help.kind": ("模型种类", "kind of detector"),
    "models.help.out": ("输出文件夹", "folder to write to"),
    "models.help.alpha": ("名义误报率", "nominal rate of false alarms"),
    "models.help.speedup": ("回放加速倍数:模型的周期随之缩短", "speed of play: the period of the detector shrinks alike"),
    "models.help.contaminated": (
        "训练段内有异常时仍然训练,并写入模型说明",
        "train on a contaminated stretch all the same; the model says so",
    ),
    "models.help.model": ("模型文件", "file of the model"),
    "models.help.to": ("目标:kafka://主机:端口 或 embedded:文件", "target: kafka://host:port or embedded:FILE"),
    "models.help.json": ("输出 JSON", "print JSON"),
    "models.no_training": (
        "缺少 {module}:pip install 'riskstream[training]'",
        "{module} is missing: pip install 'riskstream[training]'",
    ),
    "models.no_file": ("{path}:{detail}", "{path}: {detail}"),
    "models.no_source": ("请用 --source 指定危险源编码", "name the hazard source with --source"),
    "models.bad_number": (
        "alpha 应在 0 与 0.5 之间(实际 {alpha}),speedup 应大于 0(实际 {speedup})",
        "alpha must lie between 0 and 0.5 (is {alpha}), speedup must be above 0 (is {speedup})",
    ),
    "models.show.head": ("模型 {kind} {hash},测点 {points} 个:{file}", "model {kind} {hash} over {points} points: {file}"),
    "models.show.origin": (
        "  训练数据:{origin},{rows} 行,周期 {period} 秒",
        "  learnt from {origin}: {rows} rows, one every {period} s",
    ),
    "models.show.holdout": (
        "  留出的正常段 {rows} 行:误报率 {rate},误报 {episodes} 次",
        "  {rows} normal rows kept apart: {rate} false alarms in {episodes} episodes",
    ),
    "models.show.dropped": ("  未使用 {point}:{reason}", "  not used: {point} ({reason})"),
    "models.dropped.constant": ("恒定不变", "constant"),
    "models.dropped.missing": ("缺失占比 {detail}", "missing share {detail}"),
    "models.dropped.one_block": ("只在一段内变化", "moves in one block only"),
    "models.dropped.copy": ("与 {detail} 相同", "copy of {detail}"),
    "models.show.slow": ("  慢变测点:{points};已放宽:{treated}", "  slow channels: {points}; treated: {treated}"),
    "models.warning.contaminated": (
        "  注意:训练段第 {first_row} 至 {last_row} 行与其余不同({share:.0%} 超限),模型仍已训练",
        "  beware: rows {first_row} to {last_row} differ from the rest ({share:.0%} beyond limits); trained all the same",
    ),
    "models.warning.false_alarms": (
        "  注意:留出段误报率 {rate:.1%},远高于名义值 {alpha:.1%}",
        "  beware: {rate:.1%} false alarms on rows kept apart, nominal is {alpha:.1%}",
    ),
    "models.evaluate.head": (
        "检测率(可见故障)  检测率(全部)  误报率(正常段)  误报率(故障前)  中位延迟(分)",
        "detector                      detected       all  false al.    before  delay min",
    ),
    "models.evaluate.hard": ("  (公认不可见,单列)", "  (cannot be seen honestly; counted apart)"),
    "models.published": ("模型 {hash} 已发布到 {to},危险源 {source}", "model {hash} published to {to} for source {source}"),
    "artefact.hash": (
        "模型内容与其哈希不符({found:.12} ≠ {expected:.12}):文件被改动或损坏,请重新训练",
        "the model does not match its hash ({found:.12} is not {expected:.12}): changed or damaged, train it again",
    ),
    "artefact.format": ("{file}:不是模型文件:{problem}", "{file}: not a model file: {problem}"),
    "artefact.missing": ("模型缺少 {field}", "the model lacks {field}"),
    "artefact.shape": ("模型的 {field} 形状不对或含非数", "{field} of the model has a wrong shape or no finite numbers"),
    "artefact.values": ("模型的 {field} 取值不可用", "{field} of the model have values that cannot be used"),
    "artefact.array": ("模型的 {field} 无法读取", "{field} of the model cannot be read"),
    "train.columns": ("数据有 {found} 列,但给出了 {named} 个测点", "rows have {found} columns, {named} points are named"),
    "train.rows": ("数据只有 {rows} 行,至少需要 {needed} 行", "only {rows} rows, {needed} are needed"),
    "train.contaminated": (
        "第 {first_row} 至 {last_row} 行与其余不同({share:.0%} 超出其他各段的限值),疑有异常;请换一段正常数据,或加 --allow-contaminated",
        (
            "rows {first_row} to {last_row} do not look like the rest ({share:.0%} are beyond the limits of the other blocks): take "
            "another stretch, or add --allow-contaminated"
        ),
    ),
    "dataset.cells": (
        "{place}:单元格数与表头不符({detail})",
        "{place}: the row has another number of cells than the header ({detail})",
    ),
    "dataset.columns": ("{file}:有 {found} 列,应为 {wants} 列", "{file}: {found} columns, not {wants}"),
    "dataset.no_pyarrow": (
        "{file}:读取 Parquet 需要 pyarrow:pip install 'riskstream[parquet]'",
        "{file}: Parquet needs pyarrow: pip install 'riskstream[parquet]'",
    ),
    "dataset.normal": ("{place}:normal.rows 超出表的行数", "{place}: normal.rows goes beyond the rows of the table"),
    "dataset.too_long": (
        "{file}:超过 {most} 行,请分成几个文件",
        "{file}: more than {most} rows; split it into several files",
    ),
    "dataset.not_installed": (
        "缺少数据文件所在的包 {package}:pip install --no-deps bibmon==1.2.0",
        "the package {package} with the data files is missing: pip install --no-deps bibmon==1.2.0",
    ),
    "dataset.unknown": (
        "没有名为 {name} 的数据集或文件;可用 tep、tep:故障号、petrobras,或映射文件路径",
        "no data set or file {name}; use tep, tep:FAULT, petrobras, or the path of a mapping",
    ),
    "dataset.fault": ("故障号应为 0 至 21,实际 {value}", "fault must be 0 to 21, not {value}"),
    "dataset.speedup": ("加速倍数应大于 0,实际 {value}", "speedup must be above 0, not {value}"),
    "dataset.mapping": ("{place}:{detail}", "{place}: {detail}"),
    "dataset.points": ("模型需要的测点在 {name} 中没有:{points}", "the model needs points that {name} does not have: {points}"),
    "dataset.no_file": ("没有文件 {file}", "no file {file}"),
    "dataset.empty": ("{file}:没有数据行", "{file}: no rows"),
    "dataset.no_column": ("{file}:没有列 {column}", "{file}: no column {column}"),
    "dataset.bad_file": ("{file}:无法读取:{problem}", "{file}: cannot be read: {problem}"),
    "dataset.not_a_number": (
        "{place}:列 {column}:不是数字;若表示没有读数,请加入 bad",
        "{place}: column {column}: not a number; add the word to `bad` if it means that there was no reading",
    ),
    "dataset.time": ("{place}:列 {column}:{detail}", "{place}: column {column}: {detail}"),
    "dataset.time_order": (
        "{place}:列 {column}:时间倒退,请先按时间排序",
        "{place}: column {column} goes back in time: sort the table first",
    ),
}
