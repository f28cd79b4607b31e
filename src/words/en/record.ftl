# The closed words of the record: one text for each word the journal stores.
basis-assigned-by = assigned by staff
basis-typed-by = typed by staff
basis-card-in-message = card
basis-checked-in = checked in
basis-own-device = own device
basis-device-slot = device user button

unclaimed-no-claim = no card, no check-in
unclaimed-claims-disagree = two claims name different people
unclaimed-card-unknown = card not in the roster
unclaimed-card-ambiguous = card in the roster more than once
unclaimed-not-within-one-check-in = not within one check-in
unclaimed-time-unusable = time cannot be trusted
unclaimed-control-solution = control solution, nobody's value
unclaimed-before-enrolment = from before the device was put into service
unclaimed-awaits-confirmation = measured at the bedside, not yet confirmed
unclaimed-put-back = put back by staff
unclaimed-not-me = the person in the chair said “not me”
unclaimed-still-asked = “still you?” was not answered
unclaimed-began-while-measuring = the card was read when it may already have been measured

voided-test = somebody tried the device
voided-visitor = a visitor
voided-control-solution = control solution
voided-mistyped = typed wrongly

meal-fasting = fasting
meal-before-meal = before a meal
meal-after-meal = 2 h after a meal
meal-bedtime = bedtime
meal-casual = any hour
meal-unknown = not said

mark-body-movement = moved
mark-cuff-loose = cuff loose
mark-irregular-pulse = irregular pulse
mark-pulse-range = pulse outside the cuff's range
mark-position = wrong position
mark-battery-low = battery low
mark-maybe-double = maybe double
mark-typed = typed
mark-retest = re-test

time-method-offset-read = clock read on the spot
time-method-offset-known = device clock
time-method-received-live = hour of receipt
time-method-stated = said by staff
time-method-unusable = time cannot be trusted

transport-embedded-mqtt = own broker
transport-external-mqtt = external broker
transport-http = HTTP
transport-bluetooth = Bluetooth
transport-station = station
transport-typed = typed

glucose-low = below the meter's range
glucose-high = above the meter's range
kind-blood-pressure = Blood pressure
kind-glucose = Glucose
