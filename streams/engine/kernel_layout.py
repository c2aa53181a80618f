"""Where each number stands in the state arrays: the one map that kernels, `judge.py` and snapshots share.

A row belongs to a point (or to a point's window). What one reading touches lies in a few rows of 64 or 128 bytes, because at
440,000 points memory misses cost more than arithmetic. Kernels index the 2-D arrays; a view of a row would cost more.
"""

from __future__ import annotations

# P: parameters of a point, float64, 128 bytes
FAIL_LO, FAIL_HI = 0, 1  # outside: FAIL (range and the tolerance of the instrument loop)
SAT_LO, SAT_HI = 2, 3  # at or beyond: saturated; -inf, inf where that end says nothing
JUMP = 4  # largest believable step between two readings; inf = not tested
RATE_MAX = 5  # unit per ms; inf = not tested
FLAT_TOL, FLAT_MS = 6, 7
ZERO_HI = 8  # a gas reading up to here counts as zero; -inf for everything that is not a gas
SECOND = 9  # second alarm level of a gas; inf otherwise
SUDDEN_MS = 10  # a fall from second level to zero within this time is sudden
GAP_MS = 11  # three periods
STALE_MS = 12  # max(three periods, 60 s): older data prove no recovery
ONLINE_MS = 13  # how long one reading keeps the point online
FLAT_BAD_MS = 14  # flat for so long that the value proves nothing any more
P_COLUMNS = 16

# S: float64 state, 64 bytes
VALUE, REF, FLAT_REF, LAG, LAG_LOG, RAW = 0, 1, 2, 3, 4, 5
QUIET_LO, QUIET_HI = 6, 7  # between them no rule that looks at the value can be raised; here, where a reading looks anyway
S_COLUMNS = 8

# T: int64 state (epoch ms), 64 bytes. EVENT is -1 before the first reading, the others 0.
EVENT, LOG, GOOD_LOG, FLAT_SINCE, LATE_SINCE, SKEW_MS, SECOND_EV, CLEAN_SINCE = 0, 1, 2, 3, 4, 5, 6, 7
T_COLUMNS = 8

# C: int32 state, 64 bytes
CLASS, FLAGS, QUALITY, REPORTED, BUSY = 0, 1, 2, 3, 4
SHORT, SHORT_PANES, LONG, LONG_PANES, LONG_COUNT = 5, 6, 7, 8, 9  # rows in W1, R, W2, R; -1 = no such window
SLOT_BASE, TERM_BASE = 10, 11
C_COLUMNS = 16

# M: the running minute of log time, float64, 64 bytes
M_N, M_SUM, M_LOW, M_HIGH, M_LAST, M_GOOD, M_ONLINE, M_COVERED = 0, 1, 2, 3, 4, 5, 6, 7
M_COLUMNS = 8

# W1, W2: the open pane of a point's window and what its closed panes add up to
W_END, W_N, W_SHIFT, W_SUM, W_SQ, W_LO, W_HI, W_FIRST, W_FIRST_MS = 0, 1, 2, 3, 4, 5, 6, 7, 8
W_CLOSED = 9  # n, mean, m2, lo, hi, first, first_ms of the closed panes of 1 min (W1) or 10 min (W2)
W_CLOSED_HOUR = 16  # the same of 1 h (W2)
W1_COLUMNS, W2_COLUMNS = 16, 24
# offsets inside a closed block
A_N, A_MEAN, A_M2, A_LO, A_HI, A_FIRST, A_FIRST_MS = 0, 1, 2, 3, 4, 5, 6

# R: closed panes, float64, 64 bytes
R_INDEX, R_N, R_MEAN, R_M2, R_LO, R_HI, R_FIRST, R_FIRST_MS = 0, 1, 2, 3, 4, 5, 6, 7
R_COLUMNS = 8

SHORT_PANE_MS, SHORT_COUNT = 5_000, 12  # 1 min
LONG_PANE_MS, TEN_COUNT, HOUR_COUNT = 60_000, 10, 60  # 10 min and 1 h share these

# Features of a reading: columns of X, bits of its validity mask
X_VALUE, X_RATE = 0, 1
X_1M, X_10M, X_1H = 2, 10, 18  # first column of each window, then in this order:
F_MEAN, F_MIN, F_MAX, F_DEVIATION, F_RATE, F_RISE, F_FALL, F_COUNT = 0, 1, 2, 3, 4, 5, 6, 7
X_COLUMNS = 32

# What pass (a) says about a reading
ACT_SKIP, ACT_NORMAL, ACT_LATE, ACT_RESET, ACT_GAP, ACT_BAD, ACT_QUIET, ACT_TWIN = 0, 1, 2, 4, 8, 16, 32, 64

# Alarm states of a (point, rule) slot; low three bits the state, then marks
IDLE, PENDING_ON, ACTIVE, PENDING_OFF = 0, 1, 2, 3
STATE_MASK, LATE_SEEN, CHANGED = 7, 8, 16

# Rule code: one row an instruction (operation, feature or count, term, slot)
OP_RULE_GE, OP_RULE_GT, OP_RULE_LE, OP_RULE_LT = 0, 1, 2, 3  # a rule of one comparison, the usual case
OP_GE, OP_GT, OP_LE, OP_LT, OP_ALL, OP_ANY, OP_NOT, OP_END = 4, 5, 6, 7, 8, 9, 10, 11
STACK = 16
MAX_SLOTS = 62  # bits of a mask in an int64

# Transition buffer: int64 columns and float64 columns
O_KIND, O_POINT, O_RULE, O_EVENT, O_LOG, O_FLAGS = 0, 1, 2, 3, 4, 5
O_COLUMNS = 6
CHUNK = 256
PER_READING = 96  # more transitions than one reading can cause
