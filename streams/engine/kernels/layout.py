"""Where each number stands in the state arrays: the one map that kernels, `judge.py` and snapshots share.

A row belongs to a point (or to a point's window). What one reading touches lies in a few rows of 64 or 128 bytes, because at
440,000 points memory misses cost more than arithmetic. Kernels index the 2-D arrays; a view of a row would cost more.
"""

from __future__ import annotations

# P: parameters of a point, float64; an ordinary reading looks at the first 128 bytes only
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
SENTINEL_FROM = 15  # no sentinel value is smaller than this, signs aside; inf = none
SENTINELS, SENTINEL_COUNT = 16, 8  # numbers that stand for "no value"; inf where there are fewer
P_COLUMNS = 24

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
AUX_BASE, EXT_BASE = 12, 13  # first cell in A, first row in E
DAY, DAY_PANES = 14, 15  # rows in W1, R; -1 = no window of 24 h
C_COLUMNS = 16

# M: the running minute of log time, float64; a reading without any flag touches the first 64 bytes only
M_N, M_SUM, M_LOW, M_HIGH, M_LAST, M_GOOD, M_ONLINE, M_COVERED = 0, 1, 2, 3, 4, 5, 6, 7
M_OTHER = 8  # readings that came and are not in M_N: late, invalid, impossible
M_ABSENT, M_UNTRUE, M_UNTIMELY, M_IRREGULAR, M_INACCURATE = 9, 10, 11, 12, 13  # readings against which something speaks
M_COLUMNS = 16

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
DAY_PANE_MS, DAY_COUNT = 900_000, 96  # 24 h; 6 KB a point, so only where a rule asks

# Features of a reading: columns of X, bits of its validity mask (62 of 64: never the sign)
X_VALUE, X_RATE = 0, 1
X_1M, X_10M, X_1H, X_24H = 2, 11, 20, 29  # first column of each window, then in this order:
F_MEAN, F_MIN, F_MAX, F_DEVIATION, F_RATE, F_RISE, F_FALL, F_COUNT, F_DELTA = 0, 1, 2, 3, 4, 5, 6, 7, 8
WINDOW_FEATURES = 9
X_AUX = 38  # what the point remembers of conditions: since(..), for_share(..)
MAX_AUX = 24  # of them at one point
X_COLUMNS = 62

# A: what a point remembers of conditions, int64. A block of AUX_CELLS[kind] cells each, in the order of its class.
AUX_SINCE, AUX_SHARE = 0, 1
A_LAST = 0  # since: event time when the condition was last seen to hold; -1 = never
# for_share: the reading before (event time, what it said), the open pane, sums over all panes, then the panes: true ms, known ms
A_BEFORE, A_SAID, A_PANE, A_TRUE, A_KNOWN, A_PANES = 0, 1, 2, 3, 4, 5
SHARE_PANES = 24
AUX_CELLS = (1, A_PANES + 2 * SHARE_PANES)
SAID_NOTHING, SAID_TRUE, SAID_FALSE = 0, 1, 2

# Table of aux features, one row each, of a class in the order of their columns of X: rows of code that answer the condition,
# kind, window in ms, first cell within the point's block
AUX_CODE, AUX_END, AUX_KIND, AUX_WINDOW, AUX_CELL = 0, 1, 2, 3, 4
AUX_COLUMNS = 5

# E: features that come from outside the point at ticks (siblings, source, enterprise), float64
E_VALUE, E_VALID = 0, 1
E_COLUMNS = 2

# What pass (a) says about a reading
ACT_SKIP, ACT_NORMAL, ACT_LATE, ACT_RESET, ACT_GAP, ACT_BAD, ACT_QUIET, ACT_TWIN = 0, 1, 2, 4, 8, 16, 32, 64

# Alarm states of a (point, rule) slot; low three bits the state, then marks
IDLE, PENDING_ON, ACTIVE, PENDING_OFF = 0, 1, 2, 3
STATE_MASK, LATE_SEEN, CHANGED = 7, 8, 16

# SL: int64 of a slot, 64 bytes: event and log time from which the running delay counts, the delays, n of m with what the last
# readings said (newest in bit 0), event time of the first reading beyond
L_EVENT, L_LOG, L_ON, L_OFF, L_N, L_M, L_BITS, L_FIRST = 0, 1, 2, 3, 4, 5, 6, 7
L_COLUMNS = 8
NEVER_MS = 1 << 60  # a delay that does not run: no time reaches it, and no sum overflows

# SF: float64 of a slot: its limit, the worst value since it became pending
SF_LIMIT, SF_WORST = 0, 1
SF_COLUMNS = 2

# Rule code: one row an instruction (operation, feature or count, term, slot). A term is a row of TH: (beyond, back).
# There are two stacks, of answers (pairs of raise and clear) and of numbers (an unknown operand makes its result unknown).
OP_RULE_GE, OP_RULE_GT, OP_RULE_LE, OP_RULE_LT = 0, 1, 2, 3  # a rule of one comparison, the usual case: (op, feature, term, slot)
OP_GE, OP_GT, OP_LE, OP_LT = 4, 5, 6, 7  # (op, feature, term, -): the answer of a feature against a threshold of the point
OP_ALL, OP_ANY, OP_NOT = 8, 9, 10  # (op, count, -, -): of the last `count` answers, of the last answer
OP_END = 11  # (op, -, -, slot): the last answer is that of the rule
OP_OWN = 12  # (op, -, -, slot): the last answer but one raises the rule, the truth of the last one clears it
OP_PUSH, OP_EXT, OP_CONST = 13, 14, 15  # a feature of the reading; a column of E; TH[term, 0] of the point
OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MIN, OP_MAX = 16, 17, 18, 19, 20, 21  # of the last two numbers; by zero is unknown
OP_NEG, OP_ABS = 22, 23
OP_IS_GE, OP_IS_GT, OP_IS_LE, OP_IS_LT = 24, 25, 26, 27  # (op, -, term, -): last two numbers compared; TH[term, 1] is the
OP_IS_EQ = 28  # band behind the right one in which nothing is answered; term -1 = none. != is OP_NOT of it.
OP_TRUTH = 29  # the last number as an answer: not zero = true
STACK = 32  # numbers
MAX_ANSWERS = 30  # deepest stack of answers: two bits each in an int64. Fold long lists: a b ALL c ALL
MAX_SLOTS = 62  # bits of a mask in an int64

# Transition buffer: int64 columns and float64 columns
O_KIND, O_POINT, O_RULE, O_EVENT, O_LOG, O_FLAGS, O_FIRST = 0, 1, 2, 3, 4, 5, 6
O_COLUMNS = 7
OF_VALUE, OF_LIMIT, OF_WORST = 0, 1, 2
OF_COLUMNS = 3
CHUNK = 256
PER_READING = 96  # more transitions than one reading can cause
