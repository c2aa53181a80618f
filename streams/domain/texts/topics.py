"""Texts of topics.yaml and of `riskstream topics`."""

TEXTS: dict[str, tuple[str, str]] = {
    "topics.shape": ("结构不对", "not the expected shape"),
    "topics.hint.shape": (
        "应为 version、partitions、topics 三项, 每个主题为一组字段",
        "give version, partitions and topics, each topic with its fields",
    ),
    "topics.unknown_field": ("未知字段 {field}; 可用: {known}", "unknown field {field}; known: {known}"),
    "topics.missing_field": ("主题 {name} 缺少字段 {field}", "topic {name} lacks the field {field}"),
    "topics.version": ("不支持的文件版本 {found}", "file version {found} is not supported"),
    "topics.bad_name": ("主题名 {name} 不合规", "{name} is no topic name"),
    "topics.hint.bad_name": ("小写字母、数字和连字符", "lower-case letters, digits and hyphens"),
    "topics.not_text": ("{field} 应为非空文本", "{field} must be text"),
    "topics.not_one_of": ("{field} 为 {found}, 应为 {known} 之一", "{field} is {found}; must be one of {known}"),
    "topics.not_whole": (
        "{field} 为 {found}, 应为 {least} 到 {most} 的整数",
        "{field} is {found}; must be a whole number from {least} to {most}",
    ),
    "topics.meaning": ("meaning 应有 zh 与 en 两项", "meaning needs zh and en"),
    "topics.hint.meaning": ('例如 {{zh: "...", en: "..."}}', 'such as {{zh: "...", en: "..."}}'),
    "topics.not_names": ("{field} 应为非空的名称列表", "{field} must be a list of names, at least one"),
    "topics.not_duration": ("{field} 为 {found}, 不是时长", "{field} is {found}, which is no duration"),
    "topics.hint.duration": ("例如 90s、12h、14d", "such as 90s, 12h or 14d"),
    "topics.no_retention": ("cleanup 为 delete 的主题需要 retention", "a topic with cleanup delete needs a retention"),
    "topics.compact_retention": ("压实主题没有 retention", "a compacted topic has no retention"),
    "topics.config": ("config 应为文本到文本的映射", "config must map text to text"),
    "topics.hint.config": ('数字请加引号, 例如 segment.ms: "600000"', 'quote numbers, such as segment.ms: "600000"'),
    "topics.topic_missing": ("缺少主题 {name}", "topic {name} is missing"),
    "topics.topic_unknown": ("主题 {name} 没有程序使用", "no program uses the topic {name}"),
    "topics.wrong_group": ("主题 {name} 应属于 {wants} 组", "topic {name} belongs to the group {wants}"),
    "topics.broadcast_partitions": ("广播主题 {name} 只能有 1 个分区", "the broadcast topic {name} must have 1 partition"),
    "topics.own_partitions": ("主题 {name} 的分区应为 own", "topic {name} must have partitions: own"),
    "topics.history_retention": (
        "主题 {name} 的保留期应与 steps 及原始主题一致, 否则历史无法重放",
        "topic {name} must be kept as long as steps and the raw topics, or history cannot be replayed",
    ),
    "topics.short_lag": (
        "主题 {name} 的 compaction_lag 应长于原始主题的保留期",
        "topic {name} needs a compaction_lag longer than raw records are kept",
    ),
    "topics.no_dead_letter": ("主题 {name} 需要 dead_letter: dead-letters", "topic {name} needs dead_letter: dead-letters"),
}
