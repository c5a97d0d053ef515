//! `hello-world`: prints its message and ends with 0. It has no shell and no other program.
//!
//! Source: the official image's output.

use super::Profile;
use crate::image::definition::{Fidelity, ImageConfig, ImageDefinition};
use crate::image::programs;
use crate::image::reference::Reference;
use crate::kernel::{ExitCode, Tree};

/// The profile.
pub const PROFILE: Profile = Profile { repositories: &["hello-world"], title: "hello-world", define };

const MESSAGE: &str = "
Hello from Docker!
This message shows that your installation appears to be working correctly.

To generate this message, Docker took the following steps:
 1. The Docker client contacted the Docker daemon.
 2. The Docker daemon pulled the \"hello-world\" image from the Docker Hub.
    (amd64)
 3. The Docker daemon created a new container from that image which runs the
    executable that produces the output you are currently reading.
 4. The Docker daemon streamed that output to the Docker client, which sent it
    to your terminal.

To try something more ambitious, you can run an Ubuntu container with:
 $ docker run -it ubuntu bash

Share images, automate workflows, and more with a free Docker ID:
 https://hub.docker.com/

For more examples and ideas, visit:
 https://docs.docker.com/get-started/

";

fn define(reference: &Reference) -> ImageDefinition {
    let root = Tree::new();
    let hello = programs::of(|process| async move {
        process.print(MESSAGE).await;
        ExitCode::SUCCESS
    });
    root.install("/hello", hello);
    let mut config = ImageConfig { cmd: vec!["/hello".into()], working_dir: "/".into(), ..ImageConfig::default() };
    config.set_variable("PATH", crate::image::base::PATH);
    ImageDefinition::known(reference, config, root, Fidelity::Known { simplified: &[] })
}
