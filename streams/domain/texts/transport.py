"""Words of the log and its transports."""

TEXTS: dict[str, tuple[str, str]] = {
    "transport.log_busy": (
        "日志文件 {path} 正被另一进程使用({owner})。一个文件只能由一个进程写入: 请先停止该进程, 或换一个文件。",
        "the log file {path} is in use by another process ({owner}). One process writes one file: stop it first, or name another file.",
    ),
    "transport.not_a_log": (
        "{path} 不是 riskstream 的日志文件, 或其版本 {found} 不受支持(应为 {wanted})。",
        "{path} is no log file of riskstream, or its version {found} is not supported (expected {wanted}).",
    ),
    "transport.topic_unknown": ("主题 {topic} 分区 {partition} 不存在。", "no partition {partition} of topic {topic}."),
    "transport.partitions_differ": (
        "主题 {topic} 已有 {found} 个分区, 要求 {wanted} 个。",
        "topic {topic} has {found} partitions already, {wanted} were asked for.",
    ),
    "transport.record_too_large": (
        "主题 {topic} 的记录有 {size} 字节, 上限为 {limit}。",
        "a record of {size} bytes for topic {topic}; the limit is {limit}.",
    ),
    "transport.position_lost": (
        "主题 {topic} 分区 {partition} 的位置 {position} 已被清除, 现存最早位置为 {begin}。",
        "position {position} of topic {topic}, partition {partition} is gone; the first one still held is {begin}.",
    ),
    "transport.position_beyond": (
        "主题 {topic} 分区 {partition} 止于 {end}, 却要求从 {position} 继续: 日志已被替换或截断。",
        "topic {topic}, partition {partition} ends at {end}, and {position} was to be the next: the log was replaced or cut.",
    ),
    "transport.fenced": ("分区 {partition} 已由另一写入者接管。", "another writer took partition {partition} over."),
    "transport.no_append_time": (
        "主题 {topic} 未使用代理追加时间(message.timestamp.type=LogAppendTime)。",
        "topic {topic} does not carry the broker's append time (message.timestamp.type=LogAppendTime).",
    ),
    "transport.closed": ("日志已关闭。", "the log is closed."),
    "transport.not_co_partitioned": (
        "分区未按编号一起分配: {assigned}。检查主题分区数与 table_standby_replicas=1。",
        "partitions of one number were not assigned together: {assigned}. Check the partition counts and table_standby_replicas=1.",
    ),
}
