//! The demo's first seat gets a screen that anybody at this machine may open.

use std::net::SocketAddr;

use crate::pipeline::{CommandError, Road};
use crate::web::access::session::Token;

/// Makes a new link to the screen of the first station and prints it, with a card to show there.
pub async fn open(road: &Road, web: SocketAddr, card: &str) -> Result<(), CommandError> {
    let token = Token::random();
    let sha256 = token.sha256();
    let station = road
        .command("demo", "station.open", move |tx, now| {
            let Some(station) = tx.first_station()? else {
                return Ok((None, "station".to_owned()));
            };
            tx.add_station_token(station, &sha256, "demo", now)?;
            Ok((Some(station), format!("station:{station}")))
        })
        .await?;
    if let Some(station) = station {
        let token = token.shown_once();
        println!("the first seat's screen: http://{web}/kiosk/{station}/open?token={token}");
        println!("a card to show there: type {card} and Enter, as fast as a reader does");
    }
    Ok(())
}
