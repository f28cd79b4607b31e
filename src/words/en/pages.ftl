# The pages for staff, clinic and operator.
sex-female = woman
sex-male = man
sex-unknown = sex not written

# A page that stays open.
live-open = Live
live-new = A new reading came
live-lost = No connection, trying again
live-ended = Signed out: open this page again

# Centres.
centres-title = Centres
centres-today = { $weekday } { $date }
centres-none = No centre yet. Enter centres, people and devices first, so that readings find their person.
centres-measured = Measured today
centres-unclaimed = Unclaimed today
centres-devices = Devices
centres-each = Each centre
centres-name = Centre
centres-persons = People
centres-bar = { $measured } of { $persons } measured today
centre-none = Nobody is registered at this centre yet.

# Lists of persons.
persons-title = People
persons-search = Name or pinyin
persons-search-do = Find
persons-none = Nobody is registered yet.
persons-not-found = Nobody's name or pinyin contains "{ $name }".
people-name = Name
people-facts = Age
people-registers = Registered for
people-pressure = Latest pressure
people-course = Systolic course
people-last = Last reading
people-never = no reading yet
presence-today = Measured today
presence-this-week = Measured this week, not yet today
presence-not = No reading for a week

# One person.
person-facts = { $sex }, { $age }
person-hypertension = hypertension
person-diabetes = diabetes
span-label = Period
span-7 = 7 days
span-30 = 30 days
span-90 = 90 days
span-365 = A year
span-all = All
span-near-7 = last 7 days
span-near-30 = last 30 days
span-near-90 = last 90 days
span-near-365 = last year
span-near-all = all
figure-pressure-of = Blood pressure of { $name }, { $range }
figure-glucose-of = Glucose of { $name }, { $range }
figure-mean = Mean, { $range }: { $value }
figure-count = n={ $n }, { $days ->
    [one] { $days } day
   *[other] { $days } days
}
figure-in-goal = { $part } of { $whole } in range ({ $percent }%)
figure-systolic-range = systolic { $range }
figure-meal-fasting = fasting
figure-meal-before-meal = before a meal
figure-meal-after-meal = after a meal
figure-meal-other = other hours
figure-meal-mean = { $meal } { $value } (n={ $n })
figure-meal-count = { $meal } n={ $n }
figure-out-of-range = outside the meter: LO { $low }, HI { $high }
figure-how = Arrow keys move from reading to reading; touch a mark to see its value.
figure-picture = Save as a picture (PNG)
numbers-export = Readings of these days as a table (CSV)
figure-table = Table of the numbers
figure-table-left-out = { $n } earlier ones are in the export.
numbers-title = Each reading
numbers-newest = newest 30
numbers-none = No reading yet. One appears when somebody measures with a card, or when staff assign one.
numbers-when = Time
numbers-kind = What
numbers-value = Value
numbers-beside = With
numbers-subject = Why this person
numbers-device = Device
numbers-time = How the time is known
numbers-marks = Marks
numbers-time-unknown = time unknown
number-pulse = pulse { $value }
number-control = control solution
goal-title = Goal
goal-none = Not registered for hypertension or diabetes: no limit is set.
goal-below = below { $value }
goal-fasting = Fasting glucose
goal-other-meals = Other glucose
goal-whose = Whose
goal-source-national = national standard (3rd edition, 2017), default by age; no doctor has set one yet

# The operator.
operator-title = Operation
operator-say = This page has no health data and no name of an older person.
operator-glance = At a glance
operator-heard-today = devices heard today
operator-not-understood = frames not used
operator-unclaimed = unclaimed
operator-waiting = waiting to be understood
operator-behind-most = readings a follower is behind
operator-devices = Devices
operator-devices-say = { $n }, { $todo } need hands
operator-no-devices = No device is enrolled yet.
operator-frames = Frames not used
operator-frames-say = what no profile understands is kept encrypted for { $days } days
operator-frames-caption = Frames not used, numbers and names masked
operator-no-frames = None. Every frame was understood.
operator-no-shape = cannot be shown: another key, or erased
operator-kept-plain = kept as it is
operator-erased = erased
operator-days-left = { $n ->
    [one] { $n } day left
   *[other] { $n } days left
}
operator-unclaimed-title = Unclaimed readings
operator-unclaimed-say = values are not shown
operator-no-unclaimed = None. Every reading has its person.
operator-sources = Sources
operator-no-sources = No frame has come yet.
operator-source-say = { $frames } frames, { $readings } with readings, { $trouble } not used
operator-reason-count = { $reason }: { $n }
operator-road = The road of a frame
operator-understand = Understand
operator-understand-say = every answer left after the disk had the frame
operator-level = up to date
operator-behind = { $n } behind
operator-frames-waiting = { $n } waiting
operator-moved = Last moved
operator-no-followers = No follower
follower-influx = Follower: time series
follower-alerts = Follower: messages
follower-upstream = Follower: upstream hub
frame-when = Received
frame-source = Source
frame-shape = Shape
frame-bytes = Bytes
frame-reason = Reason
frame-kept = Kept
unclaimed-kind = What
unclaimed-why = Why nobody's
todo-never-heard = never heard
todo-silent = silent for { $span }
todo-clock = set the clock
todo-battery = change the battery
clock-right = ±{ $seconds } s
clock-slow = { $span } slow
clock-fast = { $span } fast

# A device.
device-kind-cuff = Cuff
device-kind-meter = Glucose meter
device-kind-kiosk = All-in-one
device-centre = Centre
device-label = Device
device-name = Number
device-heard = Last heard
device-clock = Clock
device-battery = Battery
device-todo = To do
device-came = What it sent
device-nothing = No reading from it yet.
device-how = State
device-account = Broker account
device-own = Belongs to
device-own-yes = one person's own
operator-devices-fine = None needs hands.
operator-devices-rest = The other { $n } are fine
latest-title = Latest
latest-none = No reading with a time that can be trusted yet.
centres-share = Share measured today
figure-none = no reading in this period
figure-pressure-hours = Blood pressure over the day
figure-glucose-hours = Glucose over the day
figure-pressure-hours-of = Blood pressure of { $name } over the day, { $range }
figure-glucose-hours-of = Glucose of { $name } over the day, { $range }
people-spark-of = Systolic pressure of { $name }
centre-figure = People measured each day, last { $days } days
centre-figure-of = People measured each day at { $name }
operator-doors = Doors
operator-no-doors = No door is open.
door-broker = MQTT of this hub
door-connections = { $n } connections
door-unknown-refused = refused { $n } sign-ins of unknown names
door-oversize = closed { $n } times for a packet above the limit
door-over-long = { $n } too long, not read
door-over-rate = { $n } too fast, not read
door-foreign-topic = { $n } on a foreign topic, not read
door-malformed = closed { $n } times for a protocol error
door-sign-in = refused { $n } sign-ins
door-connected = connected, MQTT { $protocol }
door-not-connected = not connected
door-sessions-lost = the other side forgot our session { $n } times: what it had queued then is gone
door-reconnects = connected again { $n } times
door-waiting = { $n } wait for the disk
door-filters-refused = the other side refused { $n } subscriptions
door-ingest = HTTP of this hub
door-kept = { $n } messages kept
door-answered = answered { $n } times with HTTP { $status }
device-refused = Refused at the door
operator-sources-say = { $n }
operator-sources-rest = { $n } sources, every frame used
