sign-in-title = Sign in
sign-in-say = Health records of older people are kept here: sign in to see them.
sign-in-login = Account
sign-in-password = Password
sign-in-do = Sign in
sign-in-wrong = The account or the password is wrong. After several wrong ones in a row there is a wait of up to { $minutes } minutes.
sign-in-wait = Too many tries: wait a minute.
