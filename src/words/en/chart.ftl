# What stands in and around a picture.
chart-axis-month = { $month ->
    [1] Jan
    [2] Feb
    [3] Mar
    [4] Apr
    [5] May
    [6] Jun
    [7] Jul
    [8] Aug
    [9] Sep
    [10] Oct
    [11] Nov
   *[12] Dec
} { $year }
chart-axis-year = { $year }
chart-axis-hour = { $hour }:00
chart-between = { $from } to { $to }
chart-list-separator = {", "}

chart-nothing = No readings in this time
chart-too-few-for-mean = Not enough readings for a mean: { $have } of { $need }
chart-too-few-for-percentiles = { $have ->
    [one] { $have } reading
   *[other] { $have } readings
}; percentiles from { $need } on
chart-gap = { $days } days without a reading

chart-systolic = Systolic
chart-diastolic = Diastolic
chart-systolic-mean = Systolic { $value }
chart-diastolic-mean = Diastolic { $value }
chart-mean-window = { $days }-day mean
chart-mean-count = { $days ->
    [one] n={ $n } · { $days } day
   *[other] n={ $n } · { $days } days
}
chart-mean-line = { $days }-day mean { $value } n={ $n }
chart-pressure-description = { $n ->
    [one] { $n } reading
   *[other] { $n } readings
} on { $days ->
    [one] { $days } day
   *[other] { $days } days
}. Systolic { $systolic }, diastolic { $diastolic } mmHg; mean { $mean }. The numbers are in the table.
chart-glucose-description = { $n ->
    [one] { $n } reading
   *[other] { $n } readings
} on { $days ->
    [one] { $days } day
   *[other] { $days } days
}. { $ranges } mmol/L. The numbers are in the table.
chart-meal-range = { $meal } { $n } × { $range }

chart-legend-morning = ● before noon
chart-legend-afternoon = ○ after noon
chart-legend-second-device = ■ □ other kind of device
chart-legend-day-line = thin line: daily mean
chart-legend-week-line = thin line: weekly mean
chart-legend-month-line = thin line: monthly mean
chart-legend-quarter-line = thin line: quarterly mean
chart-legend-mean = thick line: { $days }-day mean
chart-legend-goal = band: goal { $goal }
chart-legend-range = bars: lowest to highest
chart-legend-visit = ■ visit
chart-legend-medicine = ▲ medicine change
chart-legend-call = ○ call
chart-legend-fasting = ● fasting
chart-legend-before-meal = ■ before a meal
chart-legend-after-meal = ○ 2 h after a meal
chart-legend-other-meal = □ other
chart-legend-glucose-lines = dark line: fasting, grey line: 2 h after a meal
chart-legend-percentiles = pale bar: 25th to 75th percentile, thick line: median
chart-legend-half-day-mean = thick line: mean before and after noon
chart-legend-systolic-dots = ● systolic
chart-legend-diastolic-dots = ○ diastolic
chart-below = below { $value }
chart-at-least = at least { $value }
chart-other-meals = other

chart-low = LO, below the meter's range
chart-high = HI, above the meter's range

chart-column-time = Time
chart-column-pressure = Blood pressure mmHg
chart-column-glucose = Glucose mmol/L
chart-column-meal = Meal
chart-column-day = Day
chart-column-persons = People measured

chart-morning = Before noon
chart-afternoon = After noon
chart-of-part = { $part }: { $text }
chart-morning-mean = before noon { $value } n={ $n }
chart-afternoon-mean = after noon { $value } n={ $n }
chart-spark-description = { $n ->
    [one] { $n } reading
   *[other] { $n } readings
}, { $range }, latest { $value }
chart-day-persons = { $day } { $n ->
    [one] { $n } person
   *[other] { $n } people
}
chart-closed = closed
chart-overview-description = { $days ->
    [one] Measured on { $days } day
   *[other] Measured on { $days } days
}, { $total } visits in all. { $states }.
chart-state-count = { $state } { $n }
