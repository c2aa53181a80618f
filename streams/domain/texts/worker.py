"""What `riskstream worker` says to whoever starts it."""

TEXTS: dict[str, tuple[str, str]] = {
    "worker.about": ("运行服务: 步、汇总、入库", "run the service: steps, roll-up, sink"),
    "worker.help.log": (
        "日志地址: kafka://主机:端口 或 embedded:文件 (RISKSTREAM_LOG)",
        "the log: kafka://host:port or embedded:FILE (RISKSTREAM_LOG)",
    ),
    "worker.help.role": ("角色: steps, rollup, sink 或 all", "role: steps, rollup, sink or all"),
    "worker.help.instance": (
        "静态成员名, 同组内唯一; 重启后保留分区 (RISKSTREAM_INSTANCE)",
        "static member name, unique in the group; keeps its partitions over a restart (RISKSTREAM_INSTANCE)",
    ),
    "worker.help.any_version": (
        "即使上一版本的步尚未结清也继续 (可能产生差异告警)",
        "go on although steps of another version are not settled (may raise divergence alarms)",
    ),
    "worker.help.topics": ("topics.yaml 路径 (RISKSTREAM_TOPICS)", "path of topics.yaml (RISKSTREAM_TOPICS)"),
    "worker.help.sink": (
        "ClickHouse: clickhouse://用户:密码@主机:端口/库 或 chdb:文件夹 (RISKSTREAM_CLICKHOUSE)",
        "ClickHouse: clickhouse://user:password@host:port/database or chdb:FOLDER (RISKSTREAM_CLICKHOUSE)",
    ),
    "worker.bad_log": (
        "无法识别的日志地址 {log!r}: 应为 kafka://主机:端口 或 embedded:文件",
        "no such log {log!r}: expected kafka://host:port or embedded:FILE",
    ),
    "worker.bad_number": ("{name}={value!r}: 应为整数", "{name}={value!r}: expected a whole number"),
    "worker.bad_role": (
        "RISKSTREAM_ROLE={role!r}: 应为 steps, rollup, sink 或 all",
        "RISKSTREAM_ROLE={role!r}: expected steps, rollup, sink or all",
    ),
    "worker.bad_sink": (
        "无法识别的数据库地址 {sink!r}: 应为 clickhouse://... 或 chdb:文件夹",
        "no such database {sink!r}: expected clickhouse://... or chdb:FOLDER",
    ),
    "worker.no_sink": (
        "角色 sink 需要数据库地址 (RISKSTREAM_CLICKHOUSE)",
        "the role sink needs a database (RISKSTREAM_CLICKHOUSE)",
    ),
    "worker.topics_differ": (
        "主题与 topics.yaml 不符: {topics}; 先运行 `riskstream topics apply`",
        "topics differ from topics.yaml: {topics}; run `riskstream topics apply` first",
    ),
    "worker.no_topics": ("找不到 topics.yaml: {path}", "no topics.yaml at {path}"),
    "worker.started": ("已启动: 角色 {role}, 日志 {log}", "started: role {role}, log {log}"),
    "worker.failed": ("服务结束: {error}", "the service ended: {error}"),
}
