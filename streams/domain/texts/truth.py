"""Findings of the tests on truth, of the patrol, and the words of the daily scores."""

TEXTS: dict[str, tuple[str, str]] = {
    "finding.attenuated": (
        "信号几乎不再波动: 粗糙度 {rough}, 平时 {usual}, 已 {hours} 小时",
        "the signal hardly moves any more: roughness {rough}, usually {usual}, for {hours} h",
    ),
    "finding.backfilled": (
        "网关 {gateway} 中断 {silent_min} 分钟后一次性补传 {covered_s} 秒数据",
        "gateway {gateway} was silent for {silent_min} min, then sent {covered_s} s of data at once",
    ),
    "finding.camera_frozen": ("摄像机在线但画面长时间不变", "camera is online and its picture has not changed for long"),
    "finding.copied": (
        "数据与本点位先前一段重复(连续 {marks} 处特征一致), 疑似回放",
        "data repeat an earlier stretch of the same point ({marks} marks in a row): replayed?",
    ),
    "finding.day_copied": (
        "连续 {hours} 小时与前一日同一时段相同, 疑似复制",
        "{hours} hours in a row equal those of the day before: copied?",
    ),
    "finding.edited_before_excess": (
        "超限前不久修改过限值或量程: {changed}",
        "limits or range were edited shortly before the excess: {changed}",
    ),
    "finding.frozen": ("数值长时间不变: {value}", "the value has not moved for long: {value}"),
    "finding.gateway_skew": ("网关 {gateway} 时钟偏差 {off_s} 秒", "clock of gateway {gateway} is off by {off_s} s"),
    "finding.gateway_step": (
        "网关 {gateway} 时钟跳变: 偏差由 {before_s} 秒变为 {after_s} 秒",
        "clock of gateway {gateway} stepped: off by {before_s} s, now by {after_s} s",
    ),
    "finding.held_back": (
        "当日同类提示过多, 另有 {more} 条未逐条发出: {code}",
        "too many of one kind today: {more} more were counted and not said: {code}",
    ),
    "finding.noiseless": (
        "数值在变化但没有仪表应有的噪声, 疑似人工生成",
        "the value moves without the noise of an instrument: drawn, not measured?",
    ),
    "finding.patrol_cameras": (
        "巡查: {count} 路摄像机不在线或画面不可用(共 {of} 路): {cameras}",
        "patrol: {count} of {of} cameras are not online or show nothing: {cameras}",
    ),
    "finding.patrol_done": (
        "巡查完成: {devices} 台设备, {points} 个点位, {faults} 处异常",
        "patrol done: {devices} devices, {points} points, {faults} faults",
    ),
    "finding.patrol_never": (
        "巡查: 设备 {device} 的 {points} 个点位从未上传",
        "patrol: device {device} has never sent any of its {points} points",
    ),
    "finding.patrol_offline": (
        "巡查: 设备 {device} 离线({points} 个点位)",
        "patrol: device {device} is offline ({points} points)",
    ),
    "finding.patrol_unstable": (
        "巡查: 设备 {device} 数据不稳定, 应收 {due} 条, 实收 {got} 条",
        "patrol: data of device {device} are unstable, {got} of {due} readings due",
    ),
    "finding.pinned": (
        "数值连续 {hours} 小时停在限值 {limit} 附近: {edge}",
        "value pinned at {edge}, just short of the limit {limit}, for {hours} h",
    ),
    "finding.removed_after_alarm": (
        "点位在报警后不久从档案中删除",
        "the point was removed from the registry shortly after an alarm",
    ),
    "finding.removed_before_alarm": (
        "点位在报警前不久从档案中删除",
        "the point was removed from the registry shortly before an alarm",
    ),
    "finding.sentinel": ("网关以特殊值代替无数据: {value}", "the gateway sends a number that stands for no value: {value}"),
    "finding.same_series": (
        "与点位 {other} 数据同形(连续 {marks} 处特征一致), 疑似一路数据充作两点",
        "moves exactly like point {other} ({marks} marks in a row): one series sent as two?",
    ),
    "finding.siblings_part": (
        "与同设备点位 {sibling} 的差值偏离常态: {difference}, 平时 {usual}",
        "parts from {sibling} of the same device: difference {difference}, usually {usual}",
    ),
    "finding.site_cut": (
        "全厂 {points} 个点位信号在 {within_s} 秒内同时中断",
        "all signals of the site, {points} points, stopped within {within_s} s",
    ),
    "finding.site_cut_again": (
        "全厂信号第 {times} 次在同一时段中断",
        "all signals of the site were cut at the same hour for the {times}th time",
    ),
    "finding.source_quiet": ("{count} 个点位同时不再波动, 疑似停车", "{count} points grew quiet together: stopped?"),
    "finding.unit_suspect": (
        "数值疑似计量单位错误({kind}): {value}; 仍按上传值判定",
        "unit of the value is in doubt ({kind}): {value}; judged as it came all the same",
    ),
    "finding.uplink_too_steady": (
        "网关 {gateway} 上传节拍过于规整, 疑似脚本生成",
        "uplink of gateway {gateway} is too regular to be real",
    ),
}
