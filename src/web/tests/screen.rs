//! The screen of a station: let in by its link, sees its own chair, and is shut out again.

use super::world::World;
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
