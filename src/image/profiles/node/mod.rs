//! Node.js: `npm install` fills `node_modules`, `node server.js` needs what the source requires.
//!
//! Sources: the official image's Dockerfile (nodejs/docker-node: user node with number 1000, NODE_VERSION, YARN_VERSION, CMD `node`) and its
//! `docker-entrypoint.sh`. Each file names the sources of its texts.

mod npm;
mod run;
mod source;

use super::Profile;
use crate::image::base;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::reference::Reference;
use crate::kernel::{ExitCode, Process};
use std::rc::Rc;

/// The profile.
pub const PROFILE: Profile = Profile { repositories: &["node"], title: "Node.js", define };

/// The newest release of each line that is still met (nodejs.org, "Previous releases").
const RELEASES: [(u32, &str); 5] = [(25, "25.2.1"), (24, "24.11.1"), (22, "22.21.1"), (20, "20.19.5"), (18, "18.20.8")];

/// Where `docker-entrypoint.sh` runs `exec "$@"`.
const EXEC_LINE: u32 = 11;

fn define(reference: &Reference) -> ImageDefinition {
    let root = if reference.has_variant("alpine") { base::alpine() } else { base::debian() };
    if !reference.has_variant("alpine") && !reference.has_variant("slim") {
        base::install_downloaders(&root);
    }
    base::add_user(&root, "node", 1000, "/home/node");
    base::folder(&root, "/home/node", crate::kernel::files::Owner { user: 1000, group: 1000 }, 0o755);
    root.install("/usr/local/bin/node", programs::of(run::node));
    for (name, program) in npm::programs() {
        root.install(&format!("/usr/local/bin/{name}"), program);
    }
    root.install("/usr/local/bin/docker-entrypoint.sh", programs::of(entrypoint));
    let mut config = ImageConfig {
        entrypoint: vec!["docker-entrypoint.sh".into()],
        cmd: vec!["node".into()],
        working_dir: "/".into(),
        ..ImageConfig::default()
    };
    config.set_variable("PATH", base::PATH);
    config.set_variable("NODE_VERSION", &version(reference));
    config.set_variable("YARN_VERSION", "1.22.22");
    let simplified = &["a program is recognised by its source, not interpreted; any other one is guessed, and says so"];
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified })
}

/// The release of a tag: what it says, filled up; `lts` is 24, and no number is the newest.
fn version(reference: &Reference) -> String {
    let named = match reference.has_variant("lts") {
        true => 24,
        false => reference.major_or(RELEASES[0].0),
    };
    let written = reference.version();
    if written.len() > 2 {
        return written.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
    }
    let known = RELEASES.iter().find(|(major, _)| *major == named).map(|(_, release)| release.to_string());
    known.unwrap_or_else(|| format!("{named}.0.0"))
}

/// `docker-entrypoint.sh`: options, names that are no programs, and files that cannot be executed are for `node`.
async fn entrypoint(process: Process) -> ExitCode {
    let mut command: Vec<Rc<str>> = process.args().iter().skip(1).cloned().collect();
    let is_for_node = |word: &Rc<str>| word.starts_with('-') || process.find_program(word).is_err();
    if command.first().is_some_and(is_for_node) {
        command.insert(0, "node".into());
    }
    programs::exec(&process, &command, "/usr/local/bin/docker-entrypoint.sh", EXEC_LINE).await
}
