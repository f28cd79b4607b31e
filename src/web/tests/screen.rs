//! The screen of a station: let in by its link, sees its own chair, and is shut out again.

use super::world::World;
use crate::journal::{JournalError, Photo, Scope, Tx};
use crate::people::details::Details;
use crate::web::Settings;

/// Opens a screen of this station as the operator, and gives the address that was shown.
pub async fn link(world: &World, station: &str) -> String {
    let operator = world.signed_in_as("operator").await;
    let form = [("station", station), ("act", "open")];
    let said = operator.post("/operator/stations", &form).await;
    let said = said.text().await.unwrap();
    let from = said.find("/kiosk/").expect("no link on the page");
    said[from..].split('<').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_screen_is_let_in_by_its_link_and_sees_its_own_chair_only() {
    let world = World::new(Settings::default()).await;
    let path = link(&world, "1").await;
    let screen = world.browser();
    assert_eq!(screen.get("/kiosk/1").await.status(), 404);
    let opened = screen.get(&path).await;
    assert_eq!(opened.status(), 303);
    assert!(
        !opened.headers()["location"]
            .to_str()
            .unwrap()
            .contains("token")
    );
    assert_eq!(screen.get("/kiosk/1").await.status(), 200);
    for path in [
        "/kiosk/2",
        "/kiosk/2/face",
        "/kiosk/2/names",
        "/kiosk/2/live",
    ] {
        assert_eq!(screen.get(path).await.status(), 404, "{path}");
    }
    // The screen is nobody who is signed in.
    assert_eq!(screen.get("/persons/1").await.status(), 303);
    // A link of one station opens no other.
    let wrong = path.replace("/kiosk/1/", "/kiosk/2/");
    assert_eq!(world.browser().get(&wrong).await.status(), 404);
    // The link is on no page a second time, and its token not in the file.
    let operator = world.signed_in_as("operator").await;
    let again = operator.page("/operator/stations").await;
    assert!(!again.contains("token="));
    let revoked = [("station", "1"), ("act", "revoke")];
    operator.post("/operator/stations", &revoked).await;
    assert_eq!(screen.get("/kiosk/1/face").await.status(), 401);
    assert_eq!(screen.get("/kiosk/1").await.status(), 404);
}

#[tokio::test]
async fn a_touch_puts_only_persons_of_this_centre_in_the_chair() {
    let world = World::new(Settings::default()).await;
    let screen = world.browser();
    screen.get(&link(&world, "1").await).await;
    let touch = |person: &'static str| [("act", "touch"), ("person", person)];
    let mut seated = 0;
    for person in ["1", "2", "3"] {
        let said = screen
            .post("/kiosk/1/act", &touch(person))
            .await
            .text()
            .await
            .unwrap();
        seated += usize::from(said.contains("data-key=\"person-"));
        screen.post("/kiosk/1/act", &[("act", "leave")]).await;
    }
    assert!(
        seated == 1 || seated == 2,
        "{seated} of three persons of two centres"
    );
    let left = screen.page("/kiosk/1/face").await;
    assert!(left.contains("data-key=\"waiting\""), "{left}");
}

#[tokio::test]
async fn a_name_is_found_by_village_and_letter_and_has_its_photo() {
    let world = World::new(Settings::default()).await;
    let screen = world.browser();
    screen.get(&link(&world, "1").await).await;
    // All of one village: the letters come first.
    let letters = screen.page("/kiosk/1/names").await;
    assert!(letters.contains("data-names=\"letter=Z\""), "{letters}");
    let fill = |tx: &Tx<'_>, now| {
        let (centre, details) = tx.seen(Scope::Township, |seen| {
            let line = seen.person(1)?.unwrap();
            let entry = seen.roster_entry(&line)?;
            let village = "甲子村 3 组".to_owned();
            let details = Details {
                village,
                ..entry.details
            };
            Ok::<_, JournalError>((line.centre_id, details))
        })?;
        tx.write_details(1, centre, &details)?;
        let photo = Photo {
            kind: "image/png".to_owned(),
            bytes: b"a picture".to_vec(),
        };
        tx.put_photo(1, &photo, now)?;
        tx.put_photo(3, &photo, now)
    };
    world.road.write(fill).await.unwrap();
    let villages = screen.page("/kiosk/1/names").await;
    let asked = "village=%E7%94%B2%E5%AD%90%E6%9D%91+3+%E7%BB%84";
    assert!(
        villages.contains(&format!("data-names=\"{asked}\"")),
        "{villages}"
    );
    let centres = "village=%E7%94%B2%E5%AD%90%E6%9D%91\"";
    assert!(
        villages.contains(centres),
        "who has none has the centre's: {villages}"
    );
    // Few enough: no letter is asked for.
    let names = screen.page(&format!("/kiosk/1/names?{asked}")).await;
    assert!(
        names.contains("data-person=\"1\"") && !names.contains("data-person=\"2\""),
        "{names}"
    );
    assert!(names.contains("src=\"/kiosk/1/photo/1\""), "{names}");
    let answer = screen.get("/kiosk/1/photo/1").await;
    assert_eq!(answer.headers()["content-type"], "image/png");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    // Without a picture, of another centre, at another seat: nothing.
    for path in ["/kiosk/1/photo/2", "/kiosk/1/photo/3", "/kiosk/2/photo/3"] {
        assert_eq!(screen.get(path).await.status(), 404, "{path}");
    }
    // In the chair of this seat, brought here by staff of the township: her picture is shown, and gone with her.
    let admin = world.signed_in_as("admin").await;
    admin
        .post(
            "/persons/3/check-in",
            &[("station", "1"), ("standing", "1")],
        )
        .await;
    let face = screen.page("/kiosk/1/face").await;
    assert!(face.contains("src=\"/kiosk/1/photo/3\""), "{face}");
    assert_eq!(screen.get("/kiosk/1/photo/3").await.status(), 200);
    screen.post("/kiosk/1/act", &[("act", "leave")]).await;
    assert_eq!(screen.get("/kiosk/1/photo/3").await.status(), 404);
}
