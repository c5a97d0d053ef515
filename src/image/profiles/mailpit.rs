//! Mailpit: a greeting on the port for mail, and its page.
//!
//! Sources: the image's Dockerfile (Alpine, ports, ENTRYPOINT, HEALTHCHECK every 15 s with `/mailpit readyz`); Mailpit's documentation for
//! `/livez` and `/readyz`. Its boot is a matter of some hundredths of a second. Simplified: it keeps no mail.

use super::Profile;
use super::web::{Base, ENDS, Site, define, page};
use crate::image::definition::{HealthCheck, ImageDefinition};
use crate::image::programs;
use crate::image::programs::daemon::{Daemon, Pending, Speaks};
use crate::image::reference::Reference;
use crate::kernel::http::{Request, Response, fetch};
use crate::kernel::{Connection, ExitCode, Process, Program};
use std::rc::Rc;
use std::time::Duration;

/// Mailpit.
pub const PROFILE: Profile = Profile { repositories: &["axllent/mailpit"], title: "Mailpit", define: mailpit_image };

/// How often the image's own health check asks.
const INTERVAL: Duration = Duration::from_secs(15);

fn mailpit_image(reference: &Reference) -> ImageDefinition {
    let mut image = define(reference, &SITE);
    let mut config = (*image.config).clone();
    config.healthcheck = Some(HealthCheck {
        test: vec!["CMD-SHELL".into(), "/mailpit readyz".into()],
        interval: Some(INTERVAL),
        ..HealthCheck::default()
    });
    image.config = Rc::new(config);
    if let Some(server) = image.root.program("/mailpit") {
        image.root.install("/mailpit", programs::of(move |process: Process| mailpit_program(process, server.clone())));
    }
    image
}

/// `mailpit readyz` asks the server beside it; anything else is the server.
async fn mailpit_program(process: Process, server: Rc<dyn Program>) -> ExitCode {
    if process.args().get(1).is_none_or(|word| &**word != "readyz") {
        return server.run(process).await;
    }
    let answer = fetch(&process, "localhost", 8025, &Request::get("localhost", "/readyz")).await;
    match answer.is_ok_and(|answer| answer.status == 200) {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}

const SITE: Site = Site {
    entrypoint: &["/mailpit"],
    prefix: "",
    program: "/mailpit",
    command: &[],
    exposed: &["1025/tcp", "1110/tcp", "8025/tcp"],
    volumes: &[],
    folder: "/",
    files: &[],
    stop_signal: None,
    base: Base::Alpine,
    daemon: |_| Ok(SERVER),
};

const SERVER: Daemon = Daemon {
    first_boot: &[],
    later_boot: &[
        (60, "level=info msg=\"[smtpd] starting on [::]:1025 (no encryption)\""),
        (5, "level=info msg=\"[http] starting on [::]:8025\""),
    ],
    marker: None,
    ports: &[(8025, Speaks::Http(mailpit)), (1025, Speaks::Own(smtp))],
    stops: (ENDS, 50, 0, ""),
};

fn mailpit(_: Process, request: Request) -> Pending<Response> {
    match request.plain_path() {
        "/livez" | "/readyz" => page(200, "ok"),
        _ => page(200, "<title>Mailpit</title>\n"),
    }
}

fn smtp(_: Process, connection: Connection) -> Pending<()> {
    Box::pin(async move {
        let _ = connection.write(b"220 mailpit ESMTP Service ready\r\n").await;
    })
}
