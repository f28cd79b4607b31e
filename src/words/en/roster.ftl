# The roster: persons, cards, relatives, targets, files of persons.
persons-everybody = also those who died or moved away
persons-add = Add a person
persons-import = Import a table
persons-export = Export the roster
persons-more = { $n } more are not listed. Search by name, pinyin or initials.
persons-no-number = Nobody has this number. Search by name, or add the person first.
person-roster = Roster
person-atrial-fibrillation = Atrial fibrillation

# Fields. Heads of a file are known by these names too.
field-name = Name
field-pinyin = Pinyin
field-sex = Sex
field-birth-date = Birth date
field-centre = Centre
field-village = Village
field-phone = Phone
field-citizen = Citizen number
field-card = Card
field-hypertension = Hypertension
field-diabetes = Diabetes
field-atrial-fibrillation = Atrial fibrillation
field-conditions = Known conditions
field-other-conditions = Other conditions
field-risk-drugs = Drugs that lower glucose too far
field-health-class = Health class
field-lives-alone = Lives alone
field-comes-on = Comes on
field-fasting-on = Fasting glucose on
field-notes = Notes
field-relation = Relation
field-email = E-mail
field-chat = Name in the group chat
field-language = Language
field-shares = What she may be told
field-how = How consent was given
field-given-on = When consent was given
field-systolic = Systolic below (mmHg)
field-diastolic = Diastolic below (mmHg)
field-fasting = Fasting and before meals below (mmol/L)
field-other = Other glucose below (mmol/L)
field-expires-on = Stands until
field-reason = Reason
field-reader = Card reader

hint-pinyin = Left empty, it follows the name; put rare readings right.
hint-day = Write 1943-05-01 or 19430501.
hint-citizen = Only a keyed fingerprint and the last four are kept. With it, birth date and sex may stay empty.
hint-village = Left empty, the village of the centre.
hint-risk-drugs = Drugs that can bring glucose too low.
hint-health-class = Set by a doctor, never worked out by the machine.
hint-comes-on = Her usual days; when she stays away she is on that day's list.
hint-notes = All staff can read this.
hint-chat = What she is called in the group that messages go to.
hint-import-centre = Lines that name no centre go here.
hint-import-reader = Which kind of reader the numbers of the card column came from.
hint-card-number = Put the cursor here and hold the card to the reader, or type a citizen number. A keyed fingerprint and the last four are kept; the number is not shown again.

roster-group-who = Who
roster-group-health = Health
roster-group-habit = Habits
lives-alone-yes = Lives alone
drug-insulin = insulin
drug-sulfonylurea = sulfonylurea
drug-glinide = glinide
health-class-none = not set
health-class-good = good
health-class-intermediate = intermediate
health-class-poor = poor
sex-short-female = female
sex-short-male = male
sex-short-unknown = unknown
csv-yes = yes
list-mark = {", "}

# One person's entry.
roster-title = Roster: { $name }
roster-new-title = Add a person
roster-edit-title = Edit the entry
roster-add = Add
roster-save = Save
roster-edit = Edit
roster-leave = Leave it
roster-back = Back to the entry
roster-to-readings = Readings
roster-to-list = To the roster
roster-details = Details
roster-faults = { $n ->
    [one] One field needs a correction, see below.
   *[other] { $n } fields need a correction, see below.
}
roster-since = Somebody changed this entry after you opened it. Go back and look at it, then edit again.
roster-namesakes = There is somebody with this name and birth date already. If it is the same person, do not add her again; if it is another, tick so and add.
roster-look-at = Look at her entry
roster-is-another = This is another person
roster-number-taken = This number belongs to somebody else. Check whose card it is; to give it to another person, end it there first.
roster-number-unreadable = This number cannot be used. Read the card again, or check what was typed.
photo-of = Photo of { $name }
photo-label = Photo
photo-put = Put it in
photo-remove = Remove the photo
photo-missing = No photo was chosen.
photo-kind = Only JPEG or PNG photos are taken.
photo-too-large = The photo is too large; at most { $kib } KiB.
photo-too-many-pixels = The photo's sides are too long; make it smaller first.
photo-broken = This photo cannot be opened; take another.

roster-cards = Cards and numbers
roster-cards-say = last four only
roster-no-cards = No card yet. Read one, or print a QR card.
card-kind-card = Card
card-kind-national-id = Citizen number
card-kind-account = Account
card-kind-issued = QR card
card-since = in use since
card-number = Read a card or type a number
card-reader = Reader
card-add-do = Add this one
card-issue-do = Print a QR card
card-replaces = in place of
card-replaces-none = none
card-end-do = End it
card-end-why = Why it is ended
card-end-lost = lost
card-end-replaced = replaced
card-end-given-back = given back
card-end-wrong-person = wrong person
card-ended = ended { $day }: { $why }
card-title = Card of { $name }
card-once = The number is shown this one time; print it now. If the print fails, print a new card and end this one.
card-print = Print
card-printed = It is printed
reader-as-typed = as it reads
reader-hex-10 = 10 hexadecimal digits
reader-decimal-10 = 10 decimal digits
reader-decimal-8 = 8 decimal digits
reader-facility = 3 and 5 digits, like 111,27706
reader-five-five = 5 and 5 digits

roster-relatives = Relatives
roster-no-relatives = No relative yet.
relative-add = Add a relative
relative-new-title = Add a relative
relative-of = Relative of { $name }
relative-reach = How to reach her
relative-end = Take off the list
relative-end-say = Consent ends with it; the history stays.
relation-spouse = spouse
relation-son = son
relation-daughter = daughter
relation-child-in-law = child-in-law
relation-grandchild = grandchild
relation-sibling = sibling
relation-kin = other kin
relation-neighbour = neighbour
language-zh-cn = 中文
language-en = English
share-label = May know:
share-nothing = nothing
share-readings = each reading
share-alerts = when something is wrong, and who has it
share-digest = the weekly summary
consent-title = What the elder agrees to share
consent-spoken = spoken
consent-written = written
consent-guardian = by a guardian
consent-given = agreed { $day }, { $how }
consent-ended = taken back { $day }
consent-none = not asked yet
consent-do = Note the consent
consent-take-back = Take it back
consent-day-unreadable = The day of the consent cannot be read, or lies after today. Write 2026-04-14.

roster-target = The doctor's limits
target-title = Personal targets of { $name }
target-none = None of her own; the standard's limits are used.
target-set-do = Set targets
target-new = Set a new one
target-new-say = replaces what stands; with reason and end
target-do = Set it
target-end = End what stands
target-end-say = The standard's limits are used after that.
target-past = Set so far
target-limits = Limits
target-by = Set by
target-set-on = Set on
target-stands = State
target-in-force = in force
target-ended = ended { $day }
target-expired = expired
target-expired-say = It has expired and is not used any more. A doctor should look at it again.
target-replaced = replaced
target-systolic = Systolic
target-diastolic = Diastolic
target-nothing = No limit was written. Write at least one.
target-whose = Set by { $by }, { $set }, until { $until }; reason: { $reason }

standing-title = Still cared for here
standing-label = State
standing-active = here
standing-dead = died
standing-moved-away = moved away
standing-since = { $standing } since { $day }
standing-day = Since (empty: today)
standing-say = Who died or moved away leaves the lists, her cards claim nothing, and nobody is written to about her. The record stays.
standing-do = Change
standing-day-unreadable = The day cannot be read, or lies after today. Write 2026-04-14.

# A file of persons.
import-title = Import a table
import-say = Look first: which lines can be read, which are refused and why, and who may be in the roster already. Then decide; nothing is written before.
import-file = File
import-file-say = CSV in UTF-8 or GB 18030 ("save as CSV" in a spreadsheet), at most { $most } lines. Save a workbook as CSV first.
import-look = Look at it
import-template = Empty table
import-centre-by-line = each line says
import-broken = The file did not come whole, or holds more than 8 MiB. Send it again.
import-read = { $encoding }, { $n ->
    [one] { $n } line
   *[other] { $n } lines
}
import-choice = What to do
import-good = can be added
import-refused-count = { $n ->
    [one] { $n } line is refused
   *[other] { $n } lines are refused
}
import-double-count = { $n ->
    [one] { $n } may be there already
   *[other] { $n } may be there already
}
import-doubles-too = Also add the { $n } who may be there already, as further persons
import-do = Add { $n }
import-nothing = Add nobody
import-unknown = Columns that were not understood and not read:
import-refused = Refused lines
import-refused-more = { $n } more are in the file below.
import-refused-file = The refused lines as a table
import-line = Line
import-why = Why
import-doubles = May be there already
import-doubles-say = same name and birth date; never merged by itself
import-double-who = May be
import-double-person = this person
import-double-elsewhere = somebody of another centre
import-double-line = line { $line }
import-sample = As it was understood
import-sample-say = the first lines
import-changed = The roster changed while you looked; this is the new result. Decide again, nothing was written yet.
import-forgotten = This file is gone (half an hour passed, or the hub was restarted). Send it again.
import-nothing-done = Nobody was added.
import-done = { $n ->
    [one] { $n } person was added.
   *[other] { $n } people were added.
}
sheet-empty = There is no line to read. The first line names the columns, each one below is a person.
sheet-not-text = This is no CSV file. In a spreadsheet use "save as" and choose CSV.
sheet-lacks = There is no column { $field }. Name it in the first line.
sheet-twice = The column { $field } stands twice. Keep one.
sheet-too-many = More than { $most } lines. Make several files of it.

# Why an entry is refused.
fault-name-missing = no name
fault-name-long = the name has more than { $most } characters
fault-pinyin-letters = pinyin has letters only
fault-birth-missing = no birth date
fault-birth-unreadable = the birth date cannot be read; write 1943-05-01
fault-birth-ahead = the birth date lies after today
fault-birth-too-long = the birth date is more than 120 years ago
fault-sex-unknown = the sex cannot be read; write male or female
fault-phone-unreadable = the phone number cannot be read
fault-email-unreadable = the e-mail address cannot be read
fault-yes-no = { $field } cannot be read; write yes or no
fault-weekdays = { $field } cannot be read; write "Tue Fri"
fault-drugs = the drugs cannot be read; write insulin, sulfonylurea or glinide
fault-health-class = the health class cannot be read; write good, intermediate or poor
fault-long = { $field } has more than { $most } characters
fault-day-unreadable = the day cannot be read; write 2026-10-14
fault-day-outside = write a day between today and two years from now
fault-reason-missing = write the reason
fault-limit-outside = write a number from { $least } to { $most }, at most one decimal
fault-centre-missing = no centre
fault-centre-unknown = no such centre
fault-centre-foreign = not your centre
fault-citizen-length = the citizen number does not have 18 characters
fault-citizen-check = the check character of the citizen number is wrong
fault-citizen-rounded = a spreadsheet made a rounded number of the citizen number; set the column to text and fill it in again
fault-citizen-birth = the birth date is not the one in the citizen number
fault-citizen-sex = the sex is not the one in the citizen number
fault-citizen-twice = the same citizen number as in line { $line }
fault-citizen-taken = the citizen number is in the roster already
fault-card-empty = no card number
fault-card-length = not the length of this reader's numbers
fault-card-character = a character that this reader's numbers never have
fault-card-range = larger than this reader's numbers can be
fault-card-check-digit = the check digits of the number are wrong
fault-card-masked = some of the number is masked
fault-card-twice = the same card as in line { $line }
fault-card-taken = the card belongs to somebody else
fault-cells = { $found } cells where the head has { $expected }
fault-undecodable = characters that cannot be read; the file may be saved in another encoding
fault-open-quote = a quotation mark is not closed; the lines after it are all in one cell

# Accounts of staff.
accounts-title = Accounts
accounts-say = Here is what people are called. Passwords, roles and centres are set on the command line with account set.
operator-accounts = Accounts
role-admin = everything
role-operator = operator
role-doctor = doctor
role-staff = centre staff
