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
    "replay.rules": (
        "规则文件夹,在第一条记录之前生效;录制文件自带规则时不需要",
        "folder of rules, in force before the first record; not needed where the recording brings its own",
    ),
    "replay.rules_unusable": ("{path} 中的规则不可用,未回放", "the rules in {path} cannot be used; nothing was replayed"),
    "replay.no_file": (
        "找不到 {path};请给出录制文件、文件夹或日志地址",
        "{path} does not exist; give a recording, a folder or a log address",
    ),
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
        (
            "回放完毕:{readings} 条读数,{seconds} 秒({readings_per_s} 条/秒);预警 {warnings};降级 {downgrades},消警 {clears};"
            "死信 {dead_letters}\n日志哈希 {log_hash}"
        ),
        (
            "done: {readings} readings in {seconds} s ({readings_per_s}/s); warnings {warnings}; downgraded {downgrades}, cleared {clears}; "
            "dead letters {dead_letters}\nlog hash {log_hash}"
        ),
    ),
    "rules.about": ("检查规则与参数文件,或发布到日志", "check rule and parameter files, or publish them to the log"),
    "rules.about.check": ("检查文件夹,一次列出全部问题", "check a folder and say all problems at once"),
    "rules.about.publish": (
        "发布整套规则与参数,从日志中的该位置起生效",
        "publish the whole set; it acts from its place in the log",
    ),
    "rules.help.path": ("规则文件夹", "folder of rules"),
    "rules.help.approved_by": (
        "批准人;未批准的放宽不生效,新旧并判取严",
        "approver; without one nothing that the set relaxes takes effect: old and new are both judged, the worse counts",
    ),
    "rules.no_path": ("找不到文件夹 {path}", "there is no folder {path}"),
    "rules.accepted": (
        "可用:{rules} 条规则,哈希 {hash};参数 {parameters}",
        "usable: {rules} rules, hash {hash}; parameters {parameters}",
    ),
    "rules.published": ("已发布 {rules} 条规则(哈希 {hash})到 {to}", "published {rules} rules (hash {hash}) to {to}"),
    "demo.about": (
        "在本机演示整套服务:内置日志与 ClickHouse 引擎,无需服务器",
        "the whole service on this machine, no servers needed",
    ),
    "demo.help.seconds": (
        "演示时长(秒),每秒播放 {speed} 秒的日志时间,缺省 {default}",
        "how long to play; each second plays {speed} s of log time; default {default}",
    ),
    "demo.help.seed": ("随机种子;种子与时长相同,日志哈希相同", "seed; same seed and length, same log hash"),
    "demo.help.data": (
        "数据文件夹(保留供查看);缺省为临时文件夹",
        "folder for the data, kept afterwards; default: a temporary one",
    ),
    "demo.help.rules": ("规则文件夹", "folder of rules"),
    "demo.help.updates": ("同时显示预警内容的更新", "show updates of warnings too"),
    "demo.bad_seconds": ("时长须不小于 1 秒,得到 {seconds}", "the length must be at least 1 second, not {seconds}"),
    "demo.data_used": (
        "{path} 已有一次演示的数据;请给出空文件夹,或用 riskstream replay embedded:{path}/log.db 回放",
        "{path} holds a demo already; give an empty folder, or replay it: riskstream replay embedded:{path}/log.db",
    ),
    "demo.no_database": (
        "演示需要内置的 ClickHouse 引擎: 请运行 make demo, 或 pip install 'riskstream[demo]'",
        "the demo needs the embedded ClickHouse engine: run make demo, or pip install 'riskstream[demo]'",
    ),
    "demo.not_ready": (
        "服务在 {seconds} 秒内未就绪,原因见上方日志;请报告该日志",
        "the service was not ready within {seconds} s; the log above says why, please report it",
    ),
    "demo.preparing": (
        "准备:编译计算内核(仅首次需约一分钟)、训练检测模型、生成模拟县 …",
        "preparing: compiling kernels (the first time takes about a minute), training the detector, making a county ...",
    ),
    "demo.playing": (
        (
            "播放 {enterprises} 家企业、{sources} 个危险源、{points} 个测点,自 {at} 起,{speed} 倍速,{seconds} 秒;"
            "包含田纳西-伊斯曼与一座真实装置的数据\n"
        ),
        (
            "playing {enterprises} enterprises, {sources} hazard sources, {points} points from {at} at {speed} times real speed for {seconds} s; "
            "among them the Tennessee Eastman process and a real plant\n"
        ),
    ),
    "demo.summary": (
        "── {at} │ 读数 {readings}({rate}/秒)│ 现有 红 {red} 橙 {orange} 黄 {yellow} │ 测点报警 {alarms} │ 死信 {dead_letters} ──",
        (
            "-- {at} | {readings} readings ({rate}/s) | now red {red} orange {orange} yellow {yellow} | point alarms {alarms} | "
            "dead letters {dead_letters} --"
        ),
    ),
    "demo.closing": (
        (
            "\n演示结束:{readings} 条读数,{seconds} 秒({readings_per_s} 条/秒);发布与升级 {warnings};降级 {downgrades},消警 {clears};"
            "死信 {dead_letters}\n日志哈希 {log_hash}"
        ),
        (
            "\nend of the demo: {readings} readings in {seconds} s ({readings_per_s}/s); raised or upgraded {warnings}; "
            "downgraded {downgrades}, cleared {clears}; dead letters {dead_letters}\nlog hash {log_hash}"
        ),
    ),
    "demo.next": (
        (
            "接下来:README.md 说明如何接入 Kafka 与 ClickHouse;docs/architecture.md 跟随一条读数走完全程;risk_rules/ 是规则;"
            "riskstream demo --data 文件夹 保留数据,之后可用 riskstream replay 与 riskstream report 查看"
        ),
        (
            "next: README.md tells how to connect Kafka and ClickHouse; docs/architecture.md follows one reading through the code; the rules are "
            "in risk_rules/; riskstream demo --data FOLDER keeps the data for riskstream replay and riskstream report"
        ),
    ),
}
