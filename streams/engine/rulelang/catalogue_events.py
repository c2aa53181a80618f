"""Event features: what rules may ask of permits, weather, people, cameras, interlocks, commitments and the other records of a site.

One table, read by the type checker of the language, by the documentation and by the columns of `engine/groups_features.py`: a name that
is not here does not exist. `home` is the smallest scope for which a value is kept; wider scopes see the sum or the worst of what
belongs to them, narrower ones that of the source or enterprise they belong to. Counts are numbers (`permit.live >= 6`), flags are
booleans (`special_period and permit.hot_work.live >= 1`). Unknown is unknown: a permit without a gas test has no age of its test.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

Home = Literal["device", "source", "enterprise"]


class EventFeature(NamedTuple):
    """A name of the rule language. Ages grow by themselves, to the second; everything else changes when a record says so."""

    name: str
    kind: Literal["number", "boolean"]
    unit: str  # "", "h", "min", "share", "m/s", "degC": what the number counts
    home: Home
    zh: str
    en: str
    ing: str
    grows: bool = False  # an age: kept as the time that it counts from


# Kinds of work, and graded kinds, as they stand in names: (name, zh, en).
WORK: tuple[tuple[str, str, str], ...] = (
    ("hot_work", "动火作业", "hot work"),
    ("hot_work_special", "特级动火", "special-grade hot work"),
    ("hot_work_1", "一级动火", "grade-1 hot work"),
    ("hot_work_2", "二级动火", "grade-2 hot work"),
    ("confined_space", "受限空间作业", "confined-space work"),
    ("blind_plate", "盲板抽堵作业", "blind-plate work"),
    ("height", "高处作业", "work at height"),
    ("height_1", "一级高处作业", "grade-1 work at height"),
    ("height_2", "二级高处作业", "grade-2 work at height"),
    ("height_3", "三级高处作业", "grade-3 work at height"),
    ("height_4", "四级高处作业", "grade-4 work at height"),
    ("lifting", "吊装作业", "lifting"),
    ("lifting_1", "一级吊装作业", "grade-1 lifting"),
    ("lifting_2", "二级吊装作业", "grade-2 lifting"),
    ("lifting_3", "三级吊装作业", "grade-3 lifting"),
    ("temporary_power", "临时用电作业", "temporary power"),
    ("excavation", "动土作业", "excavation"),
    ("road_closure", "断路作业", "road closure"),
    ("tank_transfer", "倒罐作业", "tank transfer"),
    ("tank_cleaning", "清罐作业", "tank cleaning"),
    ("draining", "切水作业", "water draining"),
    ("maintenance", "检维修作业", "maintenance work"),
)
TESTED_WORK = ("hot_work", "hot_work_special", "hot_work_1", "hot_work_2", "confined_space", "tank_cleaning")
DECLARED_WORK = ("hot_work_special", "hot_work_1", "hot_work_2", "confined_space", "blind_plate", "height", "lifting",
                 "temporary_power", "excavation", "road_closure")  # fmt: skip

POSITIONING: tuple[tuple[str, str, str], ...] = (
    ("left_post", "离岗", "post left"),
    ("wrong_post", "串岗", "at a wrong post"),
    ("crowd", "人员聚集", "crowding"),
    ("out_of_bounds", "越界", "out of bounds"),
    ("sos", "SOS求救", "emergency call"),
    ("motionless", "人员静止", "motionless person"),
    ("overstay", "滞留", "overstay"),
    ("missing_post", "缺岗", "post not manned"),
    ("over_number", "超员", "too many persons"),
    ("under_number", "缺员", "too few persons"),
)
VIDEO: tuple[tuple[str, str, str], ...] = (
    ("smoke", "烟雾", "smoke"),
    ("flame", "明火", "open flame"),
    ("absent", "离岗", "operator absent"),
    ("sleeping", "睡岗", "operator asleep"),
    ("no_protection", "未穿戴防护用品", "protective clothing missing"),
    ("intrusion", "区域入侵", "intrusion"),
    ("crowd", "人员超限", "overcrowding"),
    ("smoking", "吸烟", "smoking"),
    ("phone", "打手机", "telephone used"),
    ("extinguisher", "灭火器位置不当", "extinguisher misplaced"),
    ("static_release", "静电释放时间不足", "static release too short"),
    ("unattended_unloading", "卸油离岗", "unloading unattended"),
)
DUTY: tuple[tuple[str, str, str], ...] = (
    ("principal", "主要负责人履职", "duty of the principal"),
    ("technical", "技术负责人履职", "duty of the technical person"),
    ("operational", "操作负责人履职", "duty of the operational person"),
    ("watch", "值班", "duty watch"),
    ("patrol", "巡检", "patrol"),
)
WEATHER_KINDS: tuple[tuple[str, str, str], ...] = (
    ("thunder", "雷电", "thunder"),
    ("gale", "大风", "gale"),
    ("heat", "高温", "heat"),
    ("cold", "寒潮", "cold wave"),
    ("rainstorm", "暴雨", "rainstorm"),
    ("flood", "洪涝", "flood"),
    ("typhoon", "台风", "typhoon"),
    ("snow", "冰雪", "snow and ice"),
)


def _permits() -> Iterator[EventFeature]:
    yield _number("permit.live", "", "source", "正在进行的作业票数", "permits with work under way", "ING-6")
    yield _number("permit.kinds", "", "source", "正在进行的作业种类数", "kinds of work under way", "ING-6")
    yield _number(
        "permit.crossing", "", "source", "同一区域与动火交叉的作业票数", "permits live in an area together with hot work", "ING-6"
    )
    yield _number("permit.contractor", "", "source", "承包商作业票数", "live permits of contractors", "ING-6")
    yield _number("permit.no_guardian", "", "source", "无监护人的作业票数", "live permits that name no guardian", "ING-6")
    yield _number("permit.overdue_min", "min", "source", "作业票超期最长时间", "longest time past the planned end", "ING-6", True)
    for work, zh, en in WORK:
        p = f"permit.{work}"
        yield _number(f"{p}.live", "", "source", f"正在进行的{zh}票数", f"live permits: {en}", "ING-6")
        yield _number(f"{p}.hours", "h", "source", f"{zh}已进行最长时间", f"longest time under way: {en}", "ING-6", True)
        yield _number(
            f"{p}.planned_hours", "h", "source", f"{zh}票最长有效期", f"longest planned life of a live permit: {en}", "ING-6"
        )
        yield _number(
            f"{p}.overdue_min", "min", "source", f"{zh}票超期最长时间", f"longest time past the planned end: {en}", "ING-6", True
        )
    for work, zh, en in WORK:
        if work not in TESTED_WORK:
            continue
        p = f"permit.{work}"
        yield _number(f"{p}.gas_test_age_at_start_min", "min", "source", f"{zh}开始时气体分析已过时间",
                      f"age of the gas test when work began: {en}", "ING-6")  # fmt: skip
        yield _number(f"{p}.since_test_min", "min", "source", f"{zh}距上次气体分析最长时间",
                      f"longest time since the last gas test: {en}", "ING-6", True)  # fmt: skip
        yield _number(
            f"{p}.untested", "", "source", f"开始前无气体分析的{zh}票数", f"work begun without a gas test: {en}", "ING-6"
        )
        yield _number(f"{p}.break_min", "min", "source", f"{zh}中断后未重新分析即恢复的最长中断",
                      f"longest pause resumed without a new gas test: {en}", "ING-6")  # fmt: skip
    yield _number("permit.hot_work.not_upgraded", "", "source", "节假日、休息日、夜间未升级管理的动火票数",
                  "hot work at night, on rest days or in special periods that says it was not upgraded", "ING-6")  # fmt: skip
    yield _number("permit.hot_work.upgrade_unknown", "", "source", "节假日、休息日、夜间未说明是否升级的动火票数",
                  "hot work at such times that does not say whether it was upgraded", "ING-6")  # fmt: skip
    yield _number("permit.hot_work.outdoor", "", "source", "室外动火票数(未说明按室外计)",
                  "live hot work outdoors (not said: outdoors)", "ING-6")  # fmt: skip


def _surroundings() -> Iterator[EventFeature]:
    yield _number("weather.wind_ms", "m/s", "enterprise", "风速", "wind speed", "ING-10")
    yield _number("weather.temperature_c", "degC", "enterprise", "气温", "air temperature", "ING-10")
    yield _number("weather.warning", "", "enterprise", "气象预警(0无 1蓝 2黄 3橙 4红)",
                  "weather warning, 0 none, 1 blue, 2 yellow, 3 orange, 4 red", "ING-10")  # fmt: skip
    for kind, zh, en in WEATHER_KINDS:
        yield _flag(f"weather.{kind}", "enterprise", f"{zh}天气", f"weather: {en}", "ING-10")
    yield _flag("special_period", "enterprise", "特殊时段或节假日", "special period or holiday", "ING-10")
    yield _flag("rest_day", "enterprise", "休息日", "rest day: weekend or holiday, unless declared a workday", "ING-10")
    yield _flag("night", "enterprise", "夜间", "night, by local time", "ING-10")
    yield _number("people", "", "source", "周边500米暴露人数", "residents exposed within 500 m", "ING-10")


def _people() -> Iterator[EventFeature]:
    for kind, zh, en in POSITIONING:
        yield _number(f"positioning.{kind}", "", "source", f"人员定位报警数:{zh}", f"positioning alarms: {en}", "ING-7")
        yield _number(f"positioning.{kind}.age_min", "min", "source", f"人员定位报警最长持续:{zh}",
                      f"longest positioning alarm: {en}", "ING-7", True)  # fmt: skip
    for kind, zh, en in DUTY:
        yield _number(f"duty.{kind}.age_h", "h", "source", f"距上次{zh}时间", f"time since the last {en}", "ING-5", True)
        yield _flag(f"duty.{kind}.absent", "source", f"{zh}缺失", f"the last record says absent: {en}", "ING-5")
        yield _flag(f"duty.{kind}.problem", "source", f"{zh}发现问题", f"the last record says problem: {en}", "ING-5")
    yield _number("duty.absent", "", "source", "履职缺失项数", "kinds of duty whose last record says absent", "ING-5")
    yield _number("duty.problem", "", "source", "履职发现问题项数", "kinds of duty whose last record says problem", "ING-5")


def _seen() -> Iterator[EventFeature]:
    for kind, zh, en in VIDEO:
        yield _number(f"video.{kind}", "", "source", f"视频智能报警数:{zh}", f"smart-video alarms: {en}", "ING-3")
        yield _number(f"video.{kind}.age_min", "min", "source", f"视频智能报警最长持续:{zh}",
                      f"longest smart-video alarm: {en}", "ING-3", True)  # fmt: skip
    yield _number("camera.offline_share", "share", "source", "摄像头离线比例", "share of cameras offline or silent", "ING-2")
    yield _number("camera.masked", "", "source", "被遮挡的摄像头数", "cameras masked", "ING-2")
    yield _number("camera.abnormal", "", "source", "画面异常的摄像头数", "cameras with an abnormal picture", "ING-2")
    for state, zh, en in (("failed", "故障", "failed"), ("bypassed", "旁路", "bypassed"), ("tripped", "动作", "tripped")):
        yield _number(f"interlock.{state}", "", "device", f"联锁{zh}数", f"interlocks {en}", "ING-13")
        yield _number(f"interlock.{state}_hours", "h", "device", f"联锁{zh}最长时间", f"longest time {en}", "ING-13", True)


def _commitments() -> Iterator[EventFeature]:
    for name, zh, en in (
        ("missing", "未承诺", "today's commitment is missing"), ("late", "迟承诺", "today's commitment came late"),
        ("incomplete", "承诺不完整", "today's commitment is incomplete"),
        ("start_stop", "承诺有开停车", "a start or stop is declared"), ("trial_production", "承诺试生产", "trial production is declared"),
        ("major_hidden_danger", "承诺存在重大隐患", "a major hidden danger is declared"),
    ):  # fmt: skip
        yield _flag(f"commitment.{name}", "enterprise", zh, en, "ING-4")
    yield _number("commitment.risk_grade", "", "enterprise", "承诺风险等级(1蓝 2黄 3橙 4红)",
                  "declared risk grade, 1 blue to 4 red", "ING-4")  # fmt: skip
    yield _number("commitment.contractor_jobs", "", "enterprise", "承诺承包商作业数", "declared contractor jobs", "ING-4")
    yield _number("commitment.units_mismatch", "", "enterprise", "承诺装置数与档案、报备不符处",
                  "differences between declared units and those registered, filed as stopped, or adding up", "ING-4")  # fmt: skip
    yield _number(
        "commitment.undeclared", "", "enterprise", "未承诺的当日作业数", "permits of the day beyond those declared", "ING-4"
    )
    for work, zh, en in WORK:
        if work in DECLARED_WORK:
            yield _number(f"commitment.undeclared.{work}", "", "enterprise", f"未承诺的当日{zh}数",
                          f"permits of the day beyond those declared: {en}", "ING-4")  # fmt: skip


def _prevention() -> Iterator[EventFeature]:
    for name, zh, en in (("risk_analysis", "风险分析完成率", "risk-analysis completion"),
                         ("inspection", "排查任务完成率", "inspection-task completion"),
                         ("rectification", "隐患整改率", "rectification rate")):  # fmt: skip
        yield _number(f"prevention.{name}", "share", "enterprise", zh, f"{en}, as reported", "ING-8")
        if name != "risk_analysis":
            yield _number(f"prevention.{name}_recomputed", "share", "enterprise", f"{zh}(按记录重算)",
                          f"{en}, recomputed from the counts behind it", "ING-8")  # fmt: skip
    yield _number("prevention.difference", "share", "enterprise", "上报与重算的最大差",
                  "largest difference between a reported rate and the recomputed one", "ING-8")  # fmt: skip
    yield _number("prevention.unrecorded", "", "enterprise", "上报完成而无巡检记录的任务数",
                  "inspections reported as done for which no patrol record came (unknown without any patrol record)", "ING-8")  # fmt: skip
    yield _number("prevention.dangers_open", "", "enterprise", "到期未整改隐患数", "hidden dangers due and not closed", "ING-8")
    yield _number("prevention.age_h", "h", "enterprise", "距上次上报时间", "time since the last report", "ING-8", True)


def _running() -> Iterator[EventFeature]:
    yield _number("outage.live", "", "source", "正在进行的停产检修报备数", "filed outages under way", "ING-9")
    yield _number("outage.share", "share", "source", "报备停用的测点比例", "share of points excused by a filed outage", "ING-9")
    yield _number("calibration.live", "", "source", "正在进行的标定数", "filed calibrations under way", "ING-9")
    yield _number("drill.live", "", "source", "正在进行的演练数", "filed drills under way", "ING-9")
    yield _flag(
        "start_stop.running",
        "source",
        "开停车进行中",
        "a filed start or stop is under way, or today's commitment says so",
        "ING-9",
    )
    yield _number("start_stop.hours", "h", "source", "开停车已进行时间", "time since the start or stop began", "ING-9", True)
    yield _number("lost.share_unfiled", "share", "source", "未报备离线的测点比例",
                  "share of the points that are due whose data are missing", "ING-9")  # fmt: skip
    yield _number(
        "stale.share", "share", "source", "无数据的测点比例", "share of all points without data, excused or not", "ING-1"
    )
    yield _number("own_alarm.live", "", "source", "企业自有系统报警数", "alarms of the enterprise's own system", "ING-14")
    yield _number("own_alarm.only_theirs", "", "source", "仅企业系统报警的测点数",
                  "points in alarm at the enterprise only, past the time to agree", "ING-14")  # fmt: skip
    yield _number("own_alarm.only_ours", "", "source", "仅本系统报警的测点数",
                  "points in limit alarm here only, past the time to agree (unknown where own alarms never came)", "ING-14")  # fmt: skip
    yield _number("alarm.open", "", "source", "未消除的测点报警数", "point alarms that are on", "WRN-10")
    yield _number("alarm.overdue", "", "source", "超时未消除的测点报警数", "point alarms past their due time", "WRN-10")
    yield _number(
        "stock.share", "share", "source", "实际储量占设计最大量比例", "live stock as a share of the design maximum", "ING-12"
    )
    yield _number("grade", "", "source", "重大危险源等级(1至4)", "grade of the hazard source, 1 to 4", "ING-12")
    yield _flag("key_process", "source", "重点监管工艺", "key supervised process", "ING-12")
    yield _flag("casting", "source", "正在铸造", "metal is being cast (assumed unless the speed is known to be zero)", "ING-11")
    yield _flag("cast_still", "source", "铸造平台已停", "the platform of a casting well is known to stand; metal may be freezing in the moulds",
                "ING-11")  # fmt: skip
    yield _flag(
        "cast_over", "source", "铸造已受控结束", "no metal is at a casting well: between casts, after a controlled end", "ING-11"
    )


def _number(name: str, unit: str, home: Home, zh: str, en: str, ing: str, grows: bool = False) -> EventFeature:
    return EventFeature(name, "number", unit, home, zh, en, ing, grows)


def _flag(name: str, home: Home, zh: str, en: str, ing: str) -> EventFeature:
    return EventFeature(name, "boolean", "", home, zh, en, ing)


def _all() -> Iterator[EventFeature]:
    for part in (_permits, _surroundings, _people, _seen, _commitments, _prevention, _running):
        yield from part()


EVENT_FEATURES: dict[str, EventFeature] = {feature.name: feature for feature in _all()}
