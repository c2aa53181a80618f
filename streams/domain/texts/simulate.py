"""Words of `riskstream simulate`."""

TEXTS: dict[str, tuple[str, str]] = {
    "simulate.about": (
        "模拟一个县、市、省或全国的数据流,附带事故标签",
        "simulate the stream of a county, city, province or nation, with labelled incidents",
    ),
    "simulate.help.scale": ("规模", "scale"),
    "simulate.help.seed": ("种子;相同参数给出相同字节", "seed; the same arguments give the same bytes"),
    "simulate.help.start": ("开始时间:ISO 时间、毫秒或 now", "start: ISO time, epoch milliseconds, or now"),
    "simulate.help.duration": ("时长,如 90s、10m、2h、1d", "duration such as 90s, 10m, 2h, 1d"),
    "simulate.help.period": (
        "所有网关的周期(秒);默认 1、5、10 秒混合",
        "period of all gateways in seconds; default a mix of 1, 5 and 10",
    ),
    "simulate.help.rate": (
        "写入日志的速度:real(实时)、max 或每秒读数",
        "pace into a log: real (real time), max, or readings a second",
    ),
    "simulate.help.out": (
        "文件 .jsonl、.jsonl.gz、.parquet,或 kafka://主机:端口、embedded:文件",
        "a file .jsonl, .jsonl.gz, .parquet, or kafka://host:port, embedded:FILE",
    ),
    "simulate.help.incidents": ("auto、none 或 YAML 文件(键 incidents)", "auto, none, or a YAML file (key incidents)"),
    "simulate.help.incident": (
        "一起事故,如 leak@10m 或 overfill!@600:源编码(! 联锁也失效);可重复",
        "one incident such as leak@10m or overfill!@600:SOURCE (!: the interlock fails too); may be repeated",
    ),
    "simulate.help.quiet": (
        "没有事故:只有离线点位、短时断线和标定",
        "no incident: only offline points, short cuts and bump tests",
    ),
    "simulate.help.no_registry": ("不输出一企一档", "leave the registry out"),
    "simulate.help.labels": (
        "事故标签写到哪里;写文件时默认在数据旁边",
        "where to write the labels of the incidents; beside the data by default when that is a file",
    ),
    "simulate.help.json": ("输出一个 JSON 对象", "print one JSON object"),
    "simulate.bad_out": (
        "不认识的输出 {out};文件后缀用 {known},或 kafka://、embedded:",
        "unknown output {out}; use a file with {known}, or kafka://, embedded:",
    ),
    "simulate.bad_duration": ("时长 {given} 不可用;例:90s、10m、2h", "{given} is no duration; for example 90s, 10m, 2h"),
    "simulate.bad_start": (
        "开始时间 {given} 不可用;例:2026-01-05T08:00:00+08:00",
        "{given} is no time; for example 2026-01-05T08:00:00+08:00",
    ),
    "simulate.bad_rate": ("速度 {given} 不可用;用 real、max 或正整数", "{given} is no rate; use real, max or a whole number"),
    "simulate.bad_spec": (
        "事故 {given} 不可用;例:leak@10m、overfill!@600:源编码",
        "{given} is no incident; for example leak@10m, overfill!@600:SOURCE",
    ),
    "simulate.does_not_fit": ("没有适合这起事故的重大危险源:{what}", "no hazard source can have this incident: {what}"),
    "simulate.not_read": ("读不了 {path}:{detail}", "cannot read {path}: {detail}"),
    "simulate.not_written": ("写不了:{detail}", "cannot write: {detail}"),
    "simulate.not_incidents": ("文件应只有键 incidents,值为列表", "the file must have the one key incidents, a list"),
    "simulate.not_an_incident": ("这里应为一起事故(kind、after_s ……)", "an incident (kind, after_s ...) belongs here"),
    "simulate.bad_incident": ("{detail};可用的 kind:{known}", "{detail}; known kinds: {known}"),
    "simulate.done": (
        "{enterprises} 家企业,{points} 个点位:{records} 条记录,{readings} 个读数,{seconds} 秒({readings_per_s} 读数/秒)。数据 {out},{incidents} 起事故的标签 {labels}",
        "{enterprises} enterprises, {points} points: {records} records, {readings} readings in {seconds} s ({readings_per_s} readings/s). Data {out}, labels of {incidents} incidents {labels}",
    ),
}
