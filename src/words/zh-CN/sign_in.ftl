sign-in-title = 登录
sign-in-say = 这里有老人的健康记录，登录后才能看。
sign-in-login = 账号
sign-in-password = 密码
sign-in-do = 登录
sign-in-wrong = 账号或密码不对。连着错几次要等一会儿再试，最长 { $minutes } 分钟。
sign-in-wait = 试得太多了，请一分钟后再试。
