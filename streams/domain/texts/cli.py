"""Texts of the command line itself, of the demo and of replay."""

TEXTS: dict[str, tuple[str, str]] = {
    "cli.about": ("危险源动态风险流式预警引擎", "stream-processing risk engine for hazard sources"),
    "cli.json": ("最后一行输出一个 JSON 对象", "print one JSON object as the last line"),
    "cli.lang": ("输出语言;缺省按系统区域设置", "language of the output; the locale decides if it is not given"),
    "replay.help": ("回放历史输入或日志,输出预警与结果哈希", "replay recorded input or a log: warnings and outcome hash"),
    "replay.source": (
        "文件或文件夹(JSON lines、Parquet),或日志地址 embedded:///路径、kafka://主机:端口",
        "a file or folder (JSON lines, Parquet), or a log: embedded:///path, kafka://host:port",
    ),
    "replay.partitions": ("分区数,与日志一致", "number of partitions, as the log has"),
    "replay.until": ("回放到此日志时间为止(毫秒)", "end at this log time (epoch ms)"),
    "replay.least": ("显示此级别及以上的预警", "show warnings from this level upwards"),
    "replay.no_file": ("找不到 {path};请给出录制文件、文件夹或日志地址", "{path} does not exist; give a recording, a folder or a log address"),
    "replay.log_failed": (
        "无法回放 {source}:{error};若历史已过保留期,请从检查点之后的范围回放",
        "{source} cannot be replayed: {error}; when history is past its retention, replay a later range",
    ),
    "replay.progress": ("… 已回放 {readings} 条读数,日志时间 {at}", "... {readings} readings replayed, log time {at}"),
    "replay.skipped": ("跳过主题 {topic} 的 {count} 条记录(不是输入)", "skipped {count} records of {topic} (not an input)"),
    "replay.diverged": (
        "分区 {partition} 第 {number} 步的结果与当时不同:引擎、规则或环境的版本不一致",
        "partition {partition}, step {number}: not what live wrote down; engine, rules or environment differ",
    ),
    "replay.closing": (
        "回放完毕:{readings} 条读数,{seconds} 秒({readings_per_s} 条/秒);预警 {warnings};降级 {downgrades},消警 {clears};"
        "死信 {dead_letters}\n日志哈希 {log_hash}",
        "done: {readings} readings in {seconds} s ({readings_per_s}/s); warnings {warnings}; downgraded {downgrades}, cleared {clears}; "
        "dead letters {dead_letters}\nlog hash {log_hash}",
    ),
    "rules.about": ("检查规则与参数文件,或发布到日志", "check rule and parameter files, or publish them to the log"),
    "rules.about.check": ("检查文件夹,一次列出全部问题", "check a folder and say all problems at once"),
    "rules.about.publish": ("发布整套规则与参数,从日志中的该位置起生效", "publish the whole set; it acts from its place in the log"),
    "rules.help.path": ("规则文件夹", "folder of rules"),
    "rules.help.approved_by": (
        "批准人;未批准的放宽不生效,新旧并判取严",
        "approver; without one nothing that the set relaxes takes effect: old and new are both judged, the worse counts",
    ),
    "rules.no_path": ("找不到文件夹 {path}", "there is no folder {path}"),
    "rules.accepted": ("可用:{rules} 条规则,哈希 {hash};参数 {parameters}", "usable: {rules} rules, hash {hash}; parameters {parameters}"),
    "rules.published": ("已发布 {rules} 条规则(哈希 {hash})到 {to}", "published {rules} rules (hash {hash}) to {to}"),
}
