# What stands on every page.
product = 晨安
page-title = { $page } · 晨安
page-title-demo = { $page } · 晨安（演示）
skip-to-content = 到正文
nav-main = 主导航
nav-persons = 老人
nav-centres = 村站
nav-operator = 运行
sign-out = 退出
switch-language = English
switch-language-label = 切换语言，Switch to English

demo-label = 演示说明
demo-mark = 演示
demo-invented = 人物、村名与数值均为虚构
demo-clock = 演示时钟 { $when }
demo-clock-fast = 演示时钟 { $when } · { $speed } 倍速
moment-full = { $date } { $weekday } { $hour }

count-persons = { $n } 人
count-readings = { $n } 次

# Dates and spans.
date-day = { $month }月{ $day }日
date-full-day = { $year }年{ $month }月{ $day }日
date-today = 今天
date-yesterday = 昨天
date-weekday = { $n ->
    [1] 星期一
    [2] 星期二
    [3] 星期三
    [4] 星期四
    [5] 星期五
    [6] 星期六
   *[7] 星期日
}
span-seconds = { $n } 秒
span-minutes = { $n } 分
span-hours = { $n } 小时
span-days = { $n } 天

# Errors.
error-title-not-found = 没有这一页
error-say-not-found = 没有这一页，或者您看不到它。
error-title-refused = 没有照办
error-say-refused = 这个请求不是从晨安的页面来的，没有照办。请回到页面上再试一次。
error-title-unavailable = 现在读不到
error-say-unavailable = 现在读不到记录。收数据不受影响；请过一会儿再试，还不行就请运行维护的人来看。
error-back = 回到首页
error-title-signed-out = 请先登录
error-say-signed-out = 登录已经结束。请重新打开这一页。
error-title-unreadable = 看不懂这个请求
error-say-unreadable = 请求里有一处读不懂，没有照办。请回到页面上再试一次。
