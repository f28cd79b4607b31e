//! The roster's pages over real HTTP: entered, edited, refused, imported; and numbers that come back on no page.

use super::world::{Browser, World};
use crate::web::Settings;

/// The example of GB 11643-1999, annex: a woman born on 31 December 1949.
const CITIZEN: &str = "11010519491231002X";

const WHO: [(&str, &str); 4] = [
    ("name", "周七八"),
    ("sex", "female"),
    ("birth_date", "1950-06-01"),
    ("centre", "1"),
];

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let left = WHO
        .iter()
        .filter(|(name, _)| more.iter().all(|(m, _)| m != name));
    left.copied().chain(more.iter().copied()).collect()
}

fn to(answer: &reqwest::Response) -> String {
    answer.headers()["location"].to_str().unwrap().to_owned()
}

async fn refused(browser: &Browser, path: &str, fields: &[(&str, &str)], status: u16) -> String {
    let answer = browser.post(path, fields).await;
    assert_eq!(answer.status(), status, "{path}");
    answer.text().await.unwrap()
}

/// A form with a file, as a browser sends it.
async fn upload(
    browser: &Browser,
    path: &str,
    field: &str,
    file: &[u8],
    more: &[(&str, &str)],
) -> reqwest::Response {
    let mut body = Vec::new();
    for (name, value) in more {
        body.extend(
            format!("--B\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .bytes(),
        );
    }
    body.extend(
        format!(
            "--B\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"f.csv\"\r\n\r\n"
        )
        .bytes(),
    );
    body.extend(file);
    body.extend(b"\r\n--B--\r\n");
    browser
        .client
        .post(format!("{}{path}", browser.base))
        .header("origin", &browser.base)
        .header("content-type", "multipart/form-data; boundary=B")
        .body(body)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn a_person_is_entered_and_found_by_name_pinyin_and_initials() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let answer = staff
        .post(
            "/persons/new",
            &with(&[("comes_on", "2"), ("comes_on", "5")]),
        )
        .await;
    let path = to(&answer);
    assert_eq!(path, "/persons/4/roster");
    let page = staff.page(&path).await;
    for part in [
        "周七八",
        "zhou qi ba",
        "1950年6月1日",
        "星期二、星期五",
        "还没有卡",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    for typed in ["周", "zhouqiba", "zqb", "ZQ"] {
        assert!(
            staff
                .page(&format!("/persons?name={typed}"))
                .await
                .contains("周七八"),
            "{typed}"
        );
    }
    assert_eq!(world.acts("person.add").await, 1);
    // Another centre's staff neither see her nor may enter anybody there.
    let other = world.signed_in_as("staff-2").await;
    assert!(!other.page("/persons?name=zqb").await.contains("周七八"));
    assert_eq!(other.get(&path).await.status(), 404);
    let page = refused(&other, "/persons/new", &with(&[]), 422).await;
    assert!(page.contains("没有写村站"), "a centre of others is none");
    assert_eq!(world.acts("person.add").await, 1);
}

#[tokio::test]
async fn every_fault_of_a_form_is_said_and_what_was_typed_comes_back() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let fields = with(&[
        ("name", " "),
        ("birth_date", "1943-02-30"),
        ("phone", "x"),
        ("village", "<b>"),
    ]);
    let page = refused(&staff, "/persons/new", &fields, 422).await;
    for part in [
        "有 3 处要改",
        "没有姓名",
        "出生日期看不懂",
        "电话看不懂",
        "value=\"1943-02-30\"",
        "&#60;b&#62;",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    assert_eq!(world.acts("person.add").await, 0);
}

#[tokio::test]
async fn a_possible_double_is_asked_about_and_never_merged() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let same = with(&[("name", "赵一二"), ("birth_date", "1943-02-01")]);
    let page = refused(&staff, "/persons/new", &same, 422).await;
    assert!(page.contains("同名同生日") && page.contains("/persons/1/roster"));
    assert_eq!(world.acts("person.add").await, 0);
    let fields: Vec<_> = same
        .iter()
        .copied()
        .chain([("is_another", "yes")])
        .collect();
    assert_eq!(
        to(&staff.post("/persons/new", &fields).await),
        "/persons/4/roster"
    );
    // Of another centre's person only that there is one is said.
    let elsewhere = with(&[("name", "孙五六"), ("birth_date", "1940-05-01")]);
    let page = refused(&staff, "/persons/new", &elsewhere, 422).await;
    assert!(page.contains("别的村站的一位") && !page.contains("/persons/3"));
}

#[tokio::test]
async fn of_two_who_edit_the_second_is_told() {
    let world = World::new(Settings::default()).await;
    let (one, two) = (
        world.signed_in_as("staff").await,
        world.signed_in_as("doctor").await,
    );
    let edit = |phone| {
        with(&[
            ("name", "赵一二"),
            ("birth_date", "1943-02-01"),
            ("phone", phone),
            ("revision", "0"),
        ])
    };
    let answer = one.post("/persons/1/edit", &edit("120")).await;
    assert_eq!(to(&answer), "/persons/1/roster");
    let page = refused(&two, "/persons/1/edit", &edit("119"), 422).await;
    assert!(page.contains("有人在您打开之后改过"));
    assert!(one.page("/persons/1/roster").await.contains("120"));
    assert_eq!(world.acts("person.edit").await, 1);
    // Nothing changed is no act.
    let again = with(&[
        ("name", "赵一二"),
        ("birth_date", "1943-02-01"),
        ("phone", "120"),
        ("revision", "1"),
    ]);
    assert_eq!(one.post("/persons/1/edit", &again).await.status(), 303);
    assert_eq!(world.acts("person.edit").await, 1);
}

#[tokio::test]
async fn the_health_class_is_a_doctors() {
    let world = World::new(Settings::default()).await;
    let (staff, doctor) = (
        world.signed_in_as("staff").await,
        world.signed_in_as("doctor").await,
    );
    let edit = |class, revision| {
        with(&[
            ("name", "赵一二"),
            ("birth_date", "1943-02-01"),
            ("health_class", class),
            ("revision", revision),
        ])
    };
    assert!(!staff.page("/persons/1/edit").await.contains("health_class"));
    staff.post("/persons/1/edit", &edit("poor", "0")).await;
    assert!(!staff.page("/persons/1/roster").await.contains("较差"));
    doctor
        .post("/persons/1/edit", &edit("intermediate", "1"))
        .await;
    assert!(staff.page("/persons/1/roster").await.contains("中等"));
    // Staff who edit something else leave it alone.
    staff.post("/persons/1/edit", &edit("", "2")).await;
    assert!(staff.page("/persons/1/roster").await.contains("中等"));
}

#[tokio::test]
async fn a_card_is_given_once_and_a_lost_one_is_given_to_somebody_else() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let card = [("number", "016F6C3A2B"), ("reader", "hex_10")];
    assert_eq!(staff.post("/persons/1/cards", &card).await.status(), 303);
    let page = staff.page("/persons/1/roster").await;
    assert!(page.contains("…3A2B") && !page.contains("016F6C3A2B"));
    // The same chip by a reader that shows three bytes is the same card.
    let narrow = [("number", "07092779"), ("reader", "decimal_8")];
    let page = refused(&staff, "/persons/2/cards", &narrow, 422).await;
    assert!(page.contains("已经是别人的"));
    for (bad, why) in [
        ("016F6C3A2G", "不会有的字符"),
        ("1234", "长度"),
        ("71010000000000000000", "校验位"),
        ("", "没有卡号"),
    ] {
        let page = refused(
            &staff,
            "/persons/2/cards",
            &[("number", bad), ("reader", "hex_10")],
            422,
        )
        .await;
        assert!(page.contains(why), "{bad}");
    }
    let ended = staff
        .post("/persons/1/cards/1/end", &[("why", "lost")])
        .await;
    assert_eq!(ended.status(), 303);
    assert!(staff.page("/persons/1/roster").await.contains("停用：丢了"));
    assert_eq!(staff.post("/persons/2/cards", &narrow).await.status(), 303);
    // A card of one person is not ended through another.
    assert_eq!(
        staff
            .post("/persons/1/cards/4/end", &[("why", "lost")])
            .await
            .status(),
        404
    );
    assert_eq!(
        (world.acts("card.add").await, world.acts("card.end").await),
        (2, 1)
    );
}

#[tokio::test]
async fn a_printed_card_shows_its_number_once_and_replaces_another() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let number = |page: &str| -> String {
        let at = page.find("7101 ").expect("the number on the card");
        page[at..at + 24].to_owned()
    };
    let first = staff
        .post("/persons/1/cards/issue", &[])
        .await
        .text()
        .await
        .unwrap();
    let printed = number(&first);
    assert!(
        first.contains("<svg class=\"qr\"") && first.contains("赵一二") && first.contains("甲子村")
    );
    let second = staff
        .post("/persons/1/cards/issue", &[("replaces", "1")])
        .await
        .text()
        .await
        .unwrap();
    assert_ne!(number(&second), printed);
    let page = staff.page("/persons/1/roster").await;
    for shown in [printed.clone(), printed.replace(' ', ""), number(&second)] {
        assert!(!page.contains(&shown));
    }
    assert!(page.contains("停用：换了新卡") && page.contains("二维码卡"));
    // The search finds her by it, and does not show it either.
    let digits = number(&second).replace(' ', "");
    let found = staff.page(&format!("/persons?name={digits}")).await;
    assert!(found.contains("赵一二") && !found.contains(&digits));
    let ended = staff
        .page(&format!("/persons?name={}", printed.replace(' ', "")))
        .await;
    assert!(ended.contains("没有人用这个号码") && !ended.contains("赵一二"));
    assert_eq!(world.acts("card.issue").await, 2);
}

#[tokio::test]
async fn a_citizen_number_tells_birth_and_sex_and_is_on_no_page() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let fields = [
        ("name", "吴九十"),
        ("centre", "1"),
        ("citizen", CITIZEN),
        ("phone", "x"),
    ];
    let page = refused(&staff, "/persons/new", &fields, 422).await;
    assert!(page.contains("电话看不懂") && !page.contains(CITIZEN));
    let fields = [("name", "吴九十"), ("centre", "1"), ("citizen", CITIZEN)];
    let path = to(&staff.post("/persons/new", &fields).await);
    let page = staff.page(&path).await;
    assert!(page.contains("1949年12月31日") && page.contains("女") && page.contains("…002X"));
    let wrong = [
        ("name", "吴"),
        ("centre", "1"),
        ("citizen", CITIZEN),
        ("birth_date", "1949-12-30"),
        ("sex", "male"),
    ];
    let page = refused(&staff, "/persons/new", &wrong, 422).await;
    assert!(page.contains("和身份证号里的不一样"));
    let taken = [("name", "吴"), ("centre", "1"), ("citizen", CITIZEN)];
    let page = refused(&staff, "/persons/new", &taken, 422).await;
    assert!(page.contains("已经是别人的"));
    assert_eq!(
        world.acts("person.add").await,
        1,
        "the person without her number was undone"
    );
    for path in [
        "/persons?name=11010519491231002x",
        "/persons/4/roster",
        "/persons/4/edit",
        "/roster/export.csv",
    ] {
        let page = staff.page(path).await;
        assert!(page.contains("吴九十"), "{path}");
        assert!(!page.to_uppercase().contains(CITIZEN), "{path}");
    }
}

#[tokio::test]
async fn a_relative_is_told_nothing_until_the_elder_agrees() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let her = [
        ("name", "赵小一"),
        ("relation", "daughter"),
        ("phone", "138 0000 0000"),
        ("email", "a@b.cn"),
        ("chat", ""),
        ("language", "zh-CN"),
    ];
    let path = to(&staff.post("/persons/1/relatives/new", &her).await);
    assert_eq!(path, "/persons/1/relatives/1");
    assert!(
        staff
            .page("/persons/1/roster")
            .await
            .contains("什么都不告诉")
    );
    let consent = format!("{path}/consent");
    let agreed = [
        ("shares", "alerts"),
        ("shares", "digest"),
        ("how", "spoken"),
        ("given_on", "2026-04-13"),
    ];
    assert_eq!(staff.post(&consent, &agreed).await.status(), 303);
    let page = staff.page("/persons/1/roster").await;
    for part in [
        "赵小一",
        "女儿",
        "出了事、有人在管、每周小结",
        "昨天口头同意",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    let page = refused(
        &staff,
        &consent,
        &[
            ("shares", "alerts"),
            ("how", "spoken"),
            ("given_on", "2026-04-15"),
        ],
        422,
    )
    .await;
    assert!(page.contains("在今天之后"));
    // She can take it back at any time.
    staff.post(&consent, &[("take_back", "yes")]).await;
    let page = staff.page("/persons/1/roster").await;
    assert!(page.contains("什么都不告诉") && page.contains("今天收回了同意"));
    let wrong: Vec<_> = her
        .iter()
        .map(|(k, v)| if *k == "email" { (*k, "a@b") } else { (*k, *v) })
        .collect();
    assert!(
        refused(&staff, &path, &wrong, 422)
            .await
            .contains("邮箱看不懂")
    );
    // Through another person she is not there.
    assert_eq!(
        staff
            .post("/persons/2/relatives/1/consent", &agreed)
            .await
            .status(),
        404
    );
    assert_eq!(staff.post(&format!("{path}/end"), &[]).await.status(), 303);
    assert!(!staff.page("/persons/1/roster").await.contains("赵小一"));
    let acts = [
        "relative.add",
        "consent.give",
        "consent.end",
        "relative.end",
    ];
    for act in acts {
        assert_eq!(world.acts(act).await, 1, "{act}");
    }
}

#[tokio::test]
async fn a_doctors_target_beats_the_standard_until_it_expires() {
    let world = World::new(Settings::default()).await;
    let doctor = world.signed_in_as("doctor").await;
    assert!(doctor.page("/persons/1").await.contains("低于 150/90"));
    let target = [
        ("systolic", "140"),
        ("expires_on", "2026-05-14"),
        ("reason", "肾功能"),
        ("fasting", "7.5"),
    ];
    assert_eq!(
        doctor.post("/persons/1/targets", &target).await.status(),
        303
    );
    let page = doctor.page("/persons/1").await;
    for part in ["低于 140/90", "低于 7.5", "肾功能", "2026年5月14日"] {
        assert!(page.contains(part), "no {part}");
    }
    for (field, value, why) in [
        ("systolic", "89", "90 到 200"),
        ("systolic", "201", "90 到 200"),
        ("fasting", "7.55", "一位小数"),
        ("expires_on", "2026-04-13", "两年之内"),
        ("expires_on", "2028-04-15", "两年之内"),
        ("expires_on", "soon", "日期看不懂"),
        ("reason", "", "请写理由"),
    ] {
        let fields: Vec<_> = target
            .iter()
            .map(|(k, v)| (*k, if *k == field { value } else { *v }))
            .collect();
        assert!(
            refused(&doctor, "/persons/1/targets", &fields, 422)
                .await
                .contains(why),
            "{field} {value}"
        );
    }
    let nothing = [("expires_on", "2026-05-14"), ("reason", "x")];
    assert!(
        refused(&doctor, "/persons/1/targets", &nothing, 422)
            .await
            .contains("一条线也没写")
    );
    assert_eq!(world.acts("target.set").await, 1);
    let staff = world.signed_in_as("staff").await;
    assert!(staff.page("/persons/1/roster").await.contains("肾功能"));
    assert_eq!(
        staff.post("/persons/1/targets", &target).await.status(),
        404
    );
    // Its last day is 14 May; the day after, the standard's limits are back.
    world.clock.forward(31 * 86_400);
    let doctor = world.signed_in_as("doctor").await;
    assert!(doctor.page("/persons/1").await.contains("低于 150/90"));
    assert!(doctor.page("/persons/1/roster").await.contains("已经过期"));
}

/// The smallest JPEG that is taken in, with what a phone writes into one.
fn jpeg() -> Vec<u8> {
    let segment = |marker: u8, body: &[u8]| {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker], &length[..], body].concat()
    };
    [
        b"\xff\xd8".to_vec(),
        segment(0xe1, b"Exif\0\0 31.2 N"),
        segment(0xc0, &[8, 0, 9, 0, 9, 1, 1, 0x11, 0]),
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        vec![0x55; 20],
        b"\xff\xd9".to_vec(),
    ]
    .concat()
}

#[tokio::test]
async fn a_photo_is_stripped_and_shown_as_what_it_is() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let path = "/persons/1/photo";
    let answer = upload(&staff, path, "photo", &jpeg(), &[]).await;
    assert_eq!(answer.status(), 303);
    assert!(
        staff
            .page("/persons/1/roster")
            .await
            .contains("src=\"/persons/1/photo?")
    );
    let answer = staff.get(path).await;
    assert_eq!(answer.headers()["content-type"], "image/jpeg");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
    let bytes = answer.bytes().await.unwrap();
    assert!(bytes.starts_with(b"\xff\xd8") && !bytes.windows(4).any(|w| w == b"Exif"));
    let html = upload(&staff, path, "photo", b"<html><script>", &[]).await;
    assert_eq!(html.status(), 422);
    let huge = upload(&staff, path, "photo", &vec![0; 1024 * 1024 + 1], &[]).await;
    assert!([400, 413].contains(&huge.status().as_u16()));
    assert_eq!(
        world.signed_in_as("staff-2").await.get(path).await.status(),
        404
    );
    assert_eq!(
        world
            .signed_in_as("operator")
            .await
            .get(path)
            .await
            .status(),
        404
    );
    staff.post("/persons/1/photo/remove", &[]).await;
    assert_eq!(staff.get(path).await.status(), 404);
    assert_eq!(
        (
            world.acts("photo.set").await,
            world.acts("photo.remove").await
        ),
        (1, 1)
    );
}

#[tokio::test]
async fn who_died_or_moved_away_is_on_no_list_and_her_card_claims_nothing() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let card = [("number", "9900000001"), ("reader", "as_typed")];
    staff.post("/persons/1/cards", &card).await;
    let hint = crate::vitals::HintKey::new([7; 32])
        .hint(crate::vitals::HintKind::Card, "9900000001")
        .unwrap();
    let claims = || {
        let (road, hint) = (world.road.clone(), hint.clone());
        async move {
            road.write(move |tx, now| tx.persons_with_hint(hint.kind, &hint.hash, now))
                .await
                .unwrap()
        }
    };
    assert_eq!(claims().await, [1]);
    let page = refused(
        &staff,
        "/persons/1/standing",
        &[("standing", "dead"), ("since", "2026-04-15")],
        422,
    )
    .await;
    assert!(page.contains("在今天之后"));
    let moved = [("standing", "moved_away"), ("since", "2026-04-01")];
    assert_eq!(
        staff.post("/persons/1/standing", &moved).await.status(),
        303
    );
    assert!(claims().await.is_empty());
    assert!(!staff.page("/persons").await.contains("赵一二"));
    assert!(!staff.page("/centres/1").await.contains("赵一二"));
    assert!(
        staff
            .page("/persons?name=zye&everybody=yes")
            .await
            .contains("赵一二")
    );
    assert!(
        staff
            .page("/persons/1/roster")
            .await
            .contains("搬走，2026年4月1日起")
    );
    staff
        .post("/persons/1/standing", &[("standing", "active")])
        .await;
    assert_eq!(claims().await, [1]);
    assert_eq!(world.acts("person.standing").await, 2);
}

const SHEET: &str = "姓名,出生日期,身份证号,血型\n\
    郑一一,1950-01-01,,A\n\
    ,1950-01-01,,B\n\
    冯二二,1950-13-01,,\n\
    赵一二,1943-02-01,,\n\
    孙五六,1940-05-01,,\n\
    陈三三,,11010519491231002X,\n\
    郑一一,1950/1/1,,\n\
    =SUM(A1),1950-02-30,,\n";

fn upload_of(page: &str) -> String {
    let at = page.find("/roster/import/").unwrap() + "/roster/import/".len();
    page[at..at + 32].to_owned()
}

#[tokio::test]
async fn a_file_is_looked_at_first_and_then_added_or_not() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let look = || {
        upload(
            &staff,
            "/roster/import",
            "file",
            SHEET.as_bytes(),
            &[("centre", "1"), ("reader", "as_typed")],
        )
    };
    let answer = look().await;
    assert_eq!(answer.status(), 200);
    let page = answer.text().await.unwrap();
    for part in [
        "UTF-8，8 行",
        "<span class=\"fig\">2</span>",
        "3 行有问题",
        "3 行可能已有",
        "没有姓名",
        "出生日期看不懂",
        "别的村站的一位",
        "第 2 行",
        "血型",
        "/persons/1/roster",
    ] {
        assert!(page.contains(part), "no {part}");
    }
    assert!(!page.contains(CITIZEN) && !page.contains("/persons/3"));
    assert_eq!(
        world.acts("roster.import").await,
        0,
        "looking writes nothing"
    );
    let key = upload_of(&page);
    let refused = staff
        .page(&format!("/roster/import/{key}/refused.csv"))
        .await;
    assert!(
        refused.starts_with('\u{feff}') && refused.contains("3,,没有姓名"),
        "{refused}"
    );
    assert!(refused.contains("9,'=SUM(A1),"), "{refused}");
    // Nobody else gets the file.
    let doctor = world.signed_in_as("doctor").await;
    assert_eq!(
        doctor
            .get(&format!("/roster/import/{key}/refused.csv"))
            .await
            .status(),
        404
    );
    let choose = format!("/roster/import/{key}");
    let page = staff
        .post(&choose, &[("choice", "nothing")])
        .await
        .text()
        .await
        .unwrap();
    assert!(page.contains("一个也没加"));
    assert_eq!(
        staff.post(&choose, &[("choice", "good")]).await.status(),
        422,
        "it is forgotten"
    );
    // The rest: the two good ones, and the doubles only when that is said.
    let key = upload_of(&look().await.text().await.unwrap());
    let page = staff
        .post(&format!("/roster/import/{key}"), &[("choice", "good")])
        .await
        .text()
        .await
        .unwrap();
    assert!(page.contains("加入了 2 人"), "{page}");
    assert!(staff.page("/persons?name=css").await.contains("陈三三"));
    let key = upload_of(&look().await.text().await.unwrap());
    let fields = [("choice", "good"), ("doubles", "yes")];
    let page = staff
        .post(&format!("/roster/import/{key}"), &fields)
        .await
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("加入了 4 人"),
        "the number of 陈三三 is taken now: {page}"
    );
    assert_eq!(world.acts("roster.import").await, 2);
}

#[tokio::test]
async fn what_changed_between_look_and_choice_is_looked_at_again() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let sheet = "姓名,出生日期\n周七八,1950-06-01\n";
    let page = upload(
        &staff,
        "/roster/import",
        "file",
        sheet.as_bytes(),
        &[("centre", "1")],
    )
    .await;
    let key = upload_of(&page.text().await.unwrap());
    staff.post("/persons/new", &with(&[])).await;
    let answer = staff
        .post(&format!("/roster/import/{key}"), &[("choice", "good")])
        .await;
    assert_eq!(answer.status(), 409);
    let page = answer.text().await.unwrap();
    assert!(page.contains("名册在您看的时候变了") && page.contains("1 行可能已有"));
    assert_eq!(world.acts("roster.import").await, 0);
    // After half an hour a file is gone.
    let key = upload_of(&page);
    world.clock.forward(30 * 60 - 1);
    assert_eq!(
        staff
            .get(&format!("/roster/import/{key}/refused.csv"))
            .await
            .status(),
        200
    );
    world.clock.forward(1);
    assert_eq!(
        staff
            .get(&format!("/roster/import/{key}/refused.csv"))
            .await
            .status(),
        404,
        "half an hour is over"
    );
}

#[tokio::test]
async fn what_is_no_table_is_refused_with_what_to_do() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    for (file, why) in [
        (&b"PK\x03\x04"[..], "另存为"),
        (b"", "没有可读的行"),
        ("电话\n1\n".as_bytes(), "没有“姓名”这一列"),
    ] {
        let answer = upload(&staff, "/roster/import", "file", file, &[]).await;
        assert_eq!(answer.status(), 422);
        assert!(answer.text().await.unwrap().contains(why), "{why}");
    }
    let huge = vec![b'x'; 8 * 1024 * 1024 + 1];
    let answer = upload(&staff, "/roster/import", "file", &huge, &[]).await;
    assert!(answer.text().await.unwrap().contains("超过 8 MiB"));
}

#[tokio::test]
async fn what_is_exported_can_be_imported_and_no_cell_is_a_formula() {
    let world = World::new(Settings::default()).await;
    let staff = world.signed_in_as("staff").await;
    let fields = with(&[
        ("name", "=1+1"),
        ("notes", "+86\n-1"),
        ("phone", "+86 138"),
        ("risk_drugs", "insulin"),
        ("lives_alone", "yes"),
        ("fasting_on", "5"),
    ]);
    staff.post("/persons/new", &fields).await;
    for language in ["zh-CN", "en"] {
        staff
            .post("/language", &[("to", language), ("back", "/persons")])
            .await;
        let csv = staff.page("/roster/export.csv").await;
        assert!(csv.contains("'=1+1") && csv.contains("'+86") && !csv.contains("孙五六"));
        let template = staff.page("/roster/template.csv").await;
        assert_eq!(csv.lines().next(), template.lines().next());
        let answer = upload(
            &staff,
            "/roster/import",
            "file",
            csv.as_bytes(),
            &[("centre", "1")],
        )
        .await;
        let page = answer.text().await.unwrap();
        let (none, all) = match language {
            "en" => ("0 lines are refused", "3 may be there already"),
            _ => ("0 行有问题", "3 行可能已有"),
        };
        assert!(
            page.contains(none) && page.contains(all),
            "{language}: {page}"
        );
    }
}

#[tokio::test]
async fn the_operator_names_accounts() {
    let world = World::new(Settings::default()).await;
    let operator = world.signed_in_as("operator").await;
    let page = operator.page("/accounts").await;
    assert!(page.contains("staff-2") && page.contains("乙丑村") && !page.contains("赵一二"));
    assert_eq!(
        operator
            .post("/accounts", &[("account", "4"), ("name", "马子丑")])
            .await
            .status(),
        303
    );
    assert!(operator.page("/accounts").await.contains("马子丑"));
    assert_eq!(
        operator
            .post("/accounts", &[("account", "99"), ("name", "x")])
            .await
            .status(),
        404
    );
    let long = "字".repeat(41);
    let answer = operator
        .post("/accounts", &[("account", "4"), ("name", &long)])
        .await;
    assert!(answer.text().await.unwrap().contains("超过 40"));
    assert_eq!(world.acts("account.name").await, 1);
}
