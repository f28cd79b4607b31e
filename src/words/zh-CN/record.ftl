# The closed words of the record: one text for each word the journal stores.
basis-assigned-by = 人工认领
basis-typed-by = 工作人员手工填写
basis-card-in-message = 刷卡
basis-checked-in = 签到
basis-own-device = 自己的设备
basis-device-slot = 设备上的用户键

unclaimed-no-claim = 没刷卡，也没签到
unclaimed-claims-disagree = 两个依据说的不是同一个人
unclaimed-card-unknown = 这张卡不在名册上
unclaimed-card-ambiguous = 这张卡在名册上不止一个人
unclaimed-not-within-one-check-in = 测的那一段不在一次签到里
unclaimed-time-unusable = 时间靠不住
unclaimed-control-solution = 质控液，不是人的数
unclaimed-before-enrolment = 设备启用以前的数
unclaimed-awaits-confirmation = 在床边量的，还没确认
unclaimed-put-back = 工作人员退回，还不知道是谁的
unclaimed-not-me = 座位上的人说“不是我”
unclaimed-still-asked = 没回答“还是您吗”
unclaimed-began-while-measuring = 刷卡时可能已经在量了

voided-test = 试机
voided-visitor = 来客
voided-control-solution = 质控液
voided-mistyped = 填错了

meal-fasting = 空腹
meal-before-meal = 餐前
meal-after-meal = 餐后 2 小时
meal-bedtime = 睡前
meal-casual = 随机
meal-unknown = 没说

mark-body-movement = 量时动了
mark-cuff-loose = 袖带松
mark-irregular-pulse = 脉搏不规则
mark-pulse-range = 脉搏超出仪器范围
mark-position = 姿势不对
mark-battery-low = 电池低
mark-maybe-double = 可能重复
mark-typed = 手填
mark-retest = 复测

time-method-offset-read = 当场对过时
time-method-offset-known = 按设备时钟
time-method-received-live = 收到的时刻
time-method-stated = 工作人员说的钟点
time-method-unusable = 时间靠不住

transport-embedded-mqtt = 本机收报
transport-external-mqtt = 外部收报
transport-http = 网页接口
transport-bluetooth = 蓝牙
transport-station = 站上的座位
transport-typed = 手工填写

glucose-low = 低于仪器量程
glucose-high = 高于仪器量程
kind-blood-pressure = 血压
kind-glucose = 血糖
