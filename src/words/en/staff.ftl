# Pages for centre staff: the tray, one reading, notices.
nav-tray = Unclaimed
tier-now = Act now
tier-today = Today
full-stop = .
list-comma = { ", " }
live-changed = Something changed

tray-title = Unclaimed
tray-say = { $n ->
    [one] { $n } reading is nobody's yet. It counts for nobody, and no family is told.
   *[other] { $n } readings are nobody's yet. They count for nobody, and no family is told.
}
tray-empty = No reading waits for its person.
tray-none-today = Nothing new in the last day.
tray-why = Why nobody's:
tray-nth = { $n } of { $of }
tray-people-only = Only people who were there, never a match for the value. Ask, then touch.
tray-nobody-near = Nobody else was recorded at this seat within two hours.
tray-someone-else = Someone else…
tray-nobody = Nobody's…
tray-rest = { $n } more
tray-recent = Just changed
tray-no-recent = Nobody changed anything in the last day.
tray-by = { $who } { $hour }, { $why }
tray-change = Change
tray-old = Older than a day
tray-no-old = None. All earlier ones have their person.
tray-old-mark = older than a day
tray-left-out = { $n } still older ones appear when those above are done.
tray-danger = dangerous value
tray-elsewhere = a reading
tray-other-centre = someone of another centre
tray-nobodys-yet = unclaimed
tray-nobodys = nobody's ({ $why })
tray-time-trusted = hour can be trusted, ±{ $span }
tray-time-untrusted = hour cannot be trusted, shown when received
tray-device-time = the device wrote { $sent }
tray-received = received
taken-title = Taken away
taken-say = once this person's, then changed; in no mean

sitter-checked-in = { $hours } in the chair
sitter-measured = { $hours } measured
sitter-and = { $first }, { $then }
sitter-who = in the chair
sitter-what = this reading
sitter-picture = In the chair: { $there }. This reading was taken at { $hour }, give or take { $span }; { $why }.

place-systolic-high = systolic at 180 or over
place-systolic-low = systolic at 90 or under
place-diastolic-high = diastolic at 110 or over
place-glucose-low = glucose at 3.9 or under
place-glucose-high = glucose at 16.7 or over
place-meter-low = glucose below the meter's range
place-meter-high = glucose above the meter's range

notice-place = { $device }, { $seat }, { $day } { $hour }
notice-say = Nobody's yet: find the person first, see how she is, measure again.
notice-say-late = Not taken just now: find out whose it is, and measure again today.
notice-say-refused = The device did not measure well and the number was not taken: find the person first, measure again.
notice-open = Assign
notice-have-it = I have it
notice-has = { $who } has it since { $hour }

observation-reading = This reading
observation-now = It is now:
observation-back = Back
observation-whose = Whose is it?
observation-nobodys = Nobody's
observation-put-back = Put back to unclaimed
observation-kept = Who, when and why is kept. A wrong one can be changed at any time.
observation-trail = How it came here
observation-sure = Assign to
observation-why = How do you know
observation-give = Assign to { $name }
observation-void = Mark as { $why }
observation-not-so = No, back to the reading
observation-came = Received { $day } { $hour } ({ $who }): { $came }
observation-typed = Typed { $day } { $hour } by { $who }
observation-change = { $who }: { $from } → { $to }
observation-beaten = { $who } changed it at { $hour }: it is now { $to }. Look again before you change it.

why-asked = the person was asked
why-saw = somebody saw it measured
why-bedside = measured at the bedside
why-not-hers = not this person's; whose it is, is not known
why-nobodys = no older person's reading
