# What stands on every page.
product = 晨安 Chen'an
page-title = { $page } · 晨安
page-title-demo = { $page } · 晨安 (demo)
skip-to-content = To the content
nav-main = Main
nav-persons = People
nav-centres = Centres
nav-operator = Operation
sign-out = Sign out
switch-language = 中文
switch-language-label = Switch language, 切换到中文

demo-label = Demo note
demo-mark = Demo
demo-invented = Invented people, villages and values
demo-clock = Demo clock { $when }
demo-clock-fast = Demo clock { $when } · { $speed } times as fast
moment-full = { $weekday } { $date } { $hour }

count-persons = { $n ->
    [one] { $n } person
   *[other] { $n } people
}
count-readings = { $n ->
    [one] { $n } reading
   *[other] { $n } readings
}

# Dates and spans.
date-day = { $day } { $month ->
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
}
date-full-day = { $day } { $month ->
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
date-today = today
date-yesterday = yesterday
date-weekday = { $n ->
    [1] Mon
    [2] Tue
    [3] Wed
    [4] Thu
    [5] Fri
    [6] Sat
   *[7] Sun
}
span-seconds = { $n } s
span-minutes = { $n } min
span-hours = { $n } h
span-days = { $n ->
    [one] { $n } day
   *[other] { $n } days
}

# Errors.
error-title-not-found = No such page
error-say-not-found = There is no such page, or you may not see it.
error-title-refused = Not done
error-say-refused = This request did not come from a page of Chen'an, so nothing was done. Go back to the page and try again.
error-title-unavailable = Cannot read now
error-say-unavailable = The record cannot be read at the moment. Readings are still being taken in. Try again in a while; if it stays, ask the operator.
error-back = To the start page
error-title-signed-out = Sign in first
error-say-signed-out = You are signed out. Open this page again.
error-title-unreadable = Request not understood
error-say-unreadable = Something in the request could not be read, so nothing was done. Go back to the page and try again.
