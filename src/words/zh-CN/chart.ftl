# What stands in and around a picture.
chart-axis-month = { $year }年{ $month }月
chart-axis-year = { $year }年
chart-axis-hour = { $hour } 时
chart-between = { $from }至{ $to }
chart-list-separator = 、

chart-nothing = 这段时间没有读数
chart-too-few-for-mean = 读数不够，不算均值：{ $need } 次里有 { $have } 次
chart-too-few-for-percentiles = { $have } 次；满 { $need } 次才画百分位
chart-gap = { $days } 天没有读数

chart-systolic = 收缩压
chart-diastolic = 舒张压
chart-systolic-mean = 收缩压 { $value }
chart-diastolic-mean = 舒张压 { $value }
chart-mean-window = 近 { $days } 天均值
chart-mean-count = n={ $n } · { $days } 天
chart-mean-line = 近 { $days } 天 { $value } n={ $n }
chart-pressure-description = { $n } 次，{ $days } 天。收缩压 { $systolic }，舒张压 { $diastolic } mmHg；均值 { $mean }。数值见表。
chart-glucose-description = { $n } 次，{ $days } 天。{ $ranges } mmol/L。数值见表。
chart-meal-range = { $meal } { $n } 次 { $range }

chart-legend-morning = ● 上午
chart-legend-afternoon = ○ 下午
chart-legend-second-device = ■ □ 另一类设备
chart-legend-day-line = 细线：每日平均
chart-legend-week-line = 细线：每周平均
chart-legend-month-line = 细线：每月平均
chart-legend-quarter-line = 细线：每季平均
chart-legend-mean = 粗线：近 { $days } 天均值
chart-legend-goal = 色带：目标 { $goal }
chart-legend-range = 竖条：最低到最高
chart-legend-visit = ■ 门诊
chart-legend-medicine = ▲ 换药
chart-legend-call = ○ 电话
chart-legend-fasting = ● 空腹
chart-legend-before-meal = ■ 餐前
chart-legend-after-meal = ○ 餐后 2 小时
chart-legend-other-meal = □ 其他
chart-legend-glucose-lines = 深线：空腹；浅线：餐后 2 小时
chart-legend-percentiles = 浅条：第 25 到 75 百分位，粗线：中位数
chart-legend-half-day-mean = 粗线：上午、下午各自的均值
chart-legend-systolic-dots = ● 收缩压
chart-legend-diastolic-dots = ○ 舒张压
chart-below = 低于 { $value }
chart-at-least = 不低于 { $value }
chart-other-meals = 其余

chart-low = LO，低于血糖仪量程
chart-high = HI，高于血糖仪量程

chart-column-time = 时间
chart-column-pressure = 血压 mmHg
chart-column-glucose = 血糖 mmol/L
chart-column-meal = 餐别
chart-column-day = 日期
chart-column-persons = 量过的人

chart-morning = 上午
chart-afternoon = 下午
chart-of-part = { $part }：{ $text }
chart-morning-mean = 上午 { $value } n={ $n }
chart-afternoon-mean = 下午 { $value } n={ $n }
chart-spark-description = { $n } 次，{ $range }，最后一次 { $value }
chart-day-persons = { $day } { $n } 人
chart-closed = 休息
chart-overview-description = { $days } 天里有人量过，一共 { $total } 人次。{ $states }。
chart-state-count = { $state } { $n } 人
