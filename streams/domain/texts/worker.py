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
    "worker.bad_events": (
        "RISKSTREAM_EVENTS={events!r}: 应为 binary 或 structured",
        "RISKSTREAM_EVENTS={events!r}: expected binary or structured",
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
    "worker.help.settle": (
        "结清: 重做检查点之后的步, 写检查点, 然后结束; 换版本前在旧版本上运行",
        "settle: re-apply the steps after the last checkpoint, write one, end; run it with the old version before a new one",
    ),
    "worker.settled": (
        "已结清: {partitions} 个分区在最后一步处有检查点",
        "settled: {partitions} partitions have a checkpoint at their last step",
    ),
    "worker.not_settled": ("未结清的分区: {partitions}", "not settled: partitions {partitions}"),
    "finding.degraded_passed_over": (
        "监测能力下降: 引擎出错, 已跳过个别消息, 见死信(分区 {partition})",
        "monitoring degraded: the engine failed on single records and passed them over, see dead letters (partition {partition})",
    ),
    "worker.started": ("已启动: 角色 {role}, 日志 {log}", "started: role {role}, log {log}"),
    "worker.failed": ("服务结束: {error}", "the service ended: {error}"),
}
