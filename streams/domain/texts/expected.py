"""Words of what should be connected and is not."""

TEXTS: dict[str, tuple[str, str]] = {
    "expected.empty": ("清单是空的: 应有 expected 列表, 或带表头的 CSV", "the list is empty: `expected:` in YAML, or CSV with a header"),
    "expected.bad_entry": ("清单的这一条不可用: {found}", "this entry cannot be used: {found}"),
    "expected.hint.bad_entry": ("可用: {known}", "known: {known}"),
    "expected.missing_enterprise": ("应接入的企业 {where} 不在档案中", "enterprise {where} should be connected and is not registered"),
    "expected.hint.missing_enterprise": ("登记并接入该企业", "register and connect the enterprise"),
    "expected.missing_source": ("应接入的重大危险源 {where} 不在档案中", "hazard source {where} should be connected and is not registered"),
    "expected.hint.missing_source": ("登记并接入; 一个也不能漏", "register and connect it; none may be left out"),
    "expected.missing_device": ("应接入的设备 {where} 不在档案中", "device {where} should be connected and is not registered"),
    "expected.hint.missing_device": ("登记设备及其点位", "register the device with its points"),
    "expected.missing": ("{where}: 应有 {wants} 个 {thing}, 只有 {found} 个", "{where}: {wants} of {thing} expected, {found} connected"),
    "expected.hint.missing": ("接入缺少的, 或由主管部门修改清单", "connect what is missing, or have the office change its list"),
    "expected.unlisted_source": ("重大危险源 {source}({name})不在应接入清单中", "hazard source {source} ({name}) is not in the list of what should be connected"),
    "expected.hint.unlisted_source": ("补入清单: 有漏洞的清单查不出遗漏", "add it to the list: a list with holes finds nothing left out"),
    "expected.help.expected": ("应接入清单(YAML 或 CSV), 与档案对照", "a list of what should be connected (YAML or CSV), held against the registry"),
    "expected.about.coverage": ("应接入清单与档案对照", "hold a list of what should be connected against the registry"),
    "expected.summary": ("应接入 {entries} 条, 未满足 {missing} 条, 清单之外的重大危险源 {unlisted} 个",
                         "{entries} entries expected, {missing} not met, {unlisted} hazard sources outside of the list"),
}  # fmt: skip
