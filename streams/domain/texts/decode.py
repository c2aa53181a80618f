"""Why a record or a value could not be used: the words behind the reason codes of dead letters that decode writes."""

TEXTS: dict[str, tuple[str, str]] = {
    "reject.empty": ("消息内容为空", "the message is empty"),
    "reject.tombstone": (
        "原始主题上不允许空值消息(墓碑)",
        "a record without value (tombstone) means nothing on this topic",
    ),
    "reject.too_large": ("消息超过大小上限, 请拆分后再发", "the message is larger than allowed; send it in several"),
    "reject.invalid_utf8": ("不是合法的 UTF-8 文本, 请将网关编码改为 UTF-8", "not valid UTF-8; set the sender to UTF-8"),
    "reject.malformed": ("不是合法的 JSON", "not valid JSON"),
    "reject.too_deep": ("JSON 嵌套过深", "JSON is nested too deeply"),
    "reject.not_an_object": ("消息应为 JSON 对象", "the message must be a JSON object"),
    "reject.unknown_key": ("出现未定义的字段", "a key that the schema does not know"),
    "reject.missing_field": ("缺少必填字段", "a mandatory field is missing"),
    "reject.wrong_type": ("字段类型不符", "wrong type"),
    "reject.unknown_value": ("取值不在代码表内", "not a value of the code list"),
    "reject.numeric_string": (
        '数值以字符串形式上报, 请去掉引号, 例如 12.5 而不是 "12.5"',
        'a number sent as text; send 12.5, not "12.5"',
    ),
    "reject.not_a_number": (
        "不是数值(NaN、Infinity 等不属于 JSON); 未采集时请上报 null",
        "not a number (NaN, Infinity and the like are not JSON); send null when nothing was collected",
    ),
    "reject.overflow": ("数值超出可表示范围", "the number is too large to be represented"),
    "reject.boolean": ("应为数值, 实为布尔值", "true or false where a number is expected"),
    "reject.nested": ("应为数值, 实为数组或对象", "an array or object where a number is expected"),
    "reject.length_mismatch": (
        "并列数组长度不一致, 无法对应到点位",
        "parallel arrays differ in length, so values cannot be told apart",
    ),
    "reject.duplicate_code": (
        "同一数据包内点位编码重复; 各数值均已参与判定",
        "the same code twice in one frame; every one of its values was judged",
    ),
    "reject.empty_text": ("编码或名称为空", "an empty code or name"),
    "reject.key_missing": ("消息缺少键, 键应为企业编码", "the record has no key; it must be the enterprise code"),
    "reject.key_mismatch": ("消息键与企业编码不一致", "the record's key is not the enterprise that it names"),
    "reject.bad_key": (
        "消息键应为 region/编码、park/编码 或 enterprise/编码, 且与内容一致",
        "the key must be region/CODE, park/CODE or enterprise/CODE and agree with the record",
    ),
    "reject.schema_version": ("不支持的消息版本", "a schema version that is not supported"),
    "reject.stamp_range": (
        "时间戳不在 2000 年至 2100 年之间(应为毫秒), 请校准时钟",
        "a time stamp outside the years 2000 to 2100 (milliseconds); set the clock",
    ),
    "reject.bad_date": ("日期应为 YYYY-MM-DD", "the date must be YYYY-MM-DD"),
    "reject.bad_interval": ("结束时间早于开始时间", "the end is before the start"),
    "reject.out_of_range": ("数值超出允许范围", "outside the permitted range"),
    "reject.unknown_topic": ("未知主题", "unknown topic"),
    "reject.unreadable": ("无法解析(程序缺陷, 请上报)", "could not be read (a defect of ours; please report it)"),
}
