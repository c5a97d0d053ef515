//! Dockerfiles with the images they become.

use super::*;
use crate::dockerfile;
use crate::image::definition::Fidelity;
use crate::text::FileId;
use std::cell::RefCell;

/// A workshop whose `RUN` writes the command into `/ran` and fails on `false`.
#[derive(Default)]
struct Bench {
    ran: RefCell<Vec<String>>,
}

impl Workshop for Bench {
    fn base(&self, reference: &Reference) -> Result<ImageDefinition, String> {
        let root = Tree::new();
        root.write("/etc/passwd", "root:x:0:0::/:\napp:x:7:8::/:\n").unwrap();
        root.write("/etc/group", "staff:x:9:\n").unwrap();
        let config = ImageConfig { working_dir: "/".into(), cmd: vec!["base".into()], ..ImageConfig::default() };
        Ok(ImageDefinition {
            reference: reference.to_string().into(),
            id: "sha256:base".into(),
            config: Rc::new(config),
            root,
            fidelity: Fidelity::Built,
            base: "sha256:base".into(),
            layers: Vec::new(),
        })
    }

    fn run(&self, step: RunStep) -> Ran<'_> {
        Box::pin(async move {
            let text = step.arguments.join(" ");
            step.root.write("/ran", text.as_bytes()).unwrap();
            self.ran.borrow_mut().push(text);
            i32::from(step.arguments.iter().any(|word| word == "false"))
        })
    }

    fn print(&self, _: &str) {}
}

fn make(text: &str, files: &[(&str, &str)], target: Option<&str>) -> Result<ImageDefinition, String> {
    let (dockerfile, problems) = dockerfile::parse(text, FileId(0));
    assert_eq!(problems, []);
    let context = Tree::new();
    let mut ignore = Ignore::default();
    for (path, content) in files {
        context.write(&format!("/{path}"), *content).unwrap();
        if *path == ".dockerignore" {
            ignore = Ignore::parse(content);
        }
    }
    let arguments = [("GIVEN".to_string(), "yes".to_string())].into();
    let recipe = Recipe {
        dockerfile: &dockerfile,
        context: &context,
        ignore: &ignore,
        arguments: &arguments,
        target,
        labels: &BTreeMap::new(),
        reference: &Reference::parse("demo-app").unwrap(),
    };
    let tasks = crate::kernel::Tasks::new();
    let result = Rc::new(RefCell::new(None));
    // Nothing in these builds waits, so one poll is enough.
    let bench = Bench::default();
    let mut future = Box::pin(build(&recipe, &bench));
    let waker = std::task::Waker::noop();
    if let std::task::Poll::Ready(built) = future.as_mut().poll(&mut std::task::Context::from_waker(waker)) {
        result.replace(Some(built));
    }
    drop(tasks);
    let built = result.borrow_mut().take();
    built.expect("a build without waiting")
}

fn text(image: &ImageDefinition, path: &str) -> String {
    String::from_utf8(image.root.read(path).unwrap().to_vec()).unwrap()
}

#[test]
fn settings_follow_from_the_instructions() {
    let image = make(
        "FROM a\nARG GIVEN\nARG OTHER=1\nENV A=$GIVEN B=${OTHER}2\nWORKDIR /app\nWORKDIR sub\nVOLUME data /x\nEXPOSE 80 90/udp\n\
         USER app\nSTOPSIGNAL SIGINT\nHEALTHCHECK CMD true\nENTRYPOINT [\"e\"]\nLABEL k=v\n",
        &[],
        None,
    )
    .unwrap();
    let config = &image.config;
    assert_eq!((config.variable("A"), config.variable("B")), (Some("yes"), Some("12")));
    assert_eq!(&*config.working_dir, "/app/sub");
    assert!(config.volumes.contains("/app/sub/data") && config.volumes.contains("/x"));
    assert!(config.exposed_ports.contains("80/tcp") && config.exposed_ports.contains("90/udp"));
    assert_eq!((&*config.user, config.stop_signal.as_deref()), ("app", Some("SIGINT")));
    assert!(config.cmd.is_empty(), "an entrypoint clears the base image's command");
    assert!(image.root.stat("/app/sub").unwrap().is_folder());
}

#[test]
fn files_are_copied_as_the_classic_builder_does() {
    let files = [
        ("app.py", "print"),
        ("src/a.txt", "A"),
        ("src/b.log", "B"),
        (".dockerignore", "**/*.log\nsecret\n"),
        ("secret", "s"),
    ];
    let image = make(
        "FROM a\nWORKDIR /w\nCOPY app.py .\nCOPY src /deep/\nCOPY --chown=app:staff app.py /x.py\nCOPY *.py renamed/\n",
        &files,
        None,
    )
    .unwrap();
    assert_eq!((text(&image, "/w/app.py"), text(&image, "/deep/a.txt")), ("print".into(), "A".into()));
    assert!(!image.root.exists("/deep/b.log") && image.root.exists("/w/renamed/app.py"));
    let owner = image.root.stat("/x.py").unwrap().owner;
    assert_eq!((owner.user, owner.group), (7, 9));
    let error = make("FROM a\nCOPY secret /\n", &files, None).map(|_| ()).unwrap_err();
    assert_eq!(
        error,
        "COPY failed: file not found in build context or excluded by .dockerignore: stat secret: file does not exist"
    );
}

#[test]
fn stages_build_on_each_other() {
    let files = [("f", "1")];
    let text_of = "FROM a AS one\nCOPY f /one\nFROM a AS two\nCOPY --from=one /one /two\nFROM one\nRUN x y\n";
    let last = make(text_of, &files, None).unwrap();
    assert!(last.root.exists("/one") && !last.root.exists("/two"));
    assert_eq!(text(&last, "/ran"), "/bin/sh -c x y");
    let two = make(text_of, &files, Some("two")).unwrap();
    assert_eq!(text(&two, "/two"), "1");
    assert!(make(text_of, &files, Some("three")).is_err());
}

#[test]
fn ids_change_with_what_is_copied() {
    let id = |content: &str| make("FROM a\nCOPY f /\n", &[("f", content)], None).unwrap().id;
    assert_eq!(id("1"), id("1"));
    assert_ne!(id("1"), id("2"));
}

#[test]
fn a_failing_run_is_told_in_dockers_words() {
    let error = make("FROM a\nRUN [\"false\"]\n", &[], None).map(|_| ()).unwrap_err();
    assert_eq!(error, "The command 'false' returned a non-zero code: 1");
}

/// A tar archive of `name/` and `name/file`, which is text as long as its content is.
fn archive(name: &str, content: &str) -> String {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_uid(5);
    header.set_gid(6);
    header.set_mode(0o750);
    header.set_entry_type(tar::EntryType::Directory);
    header.set_size(0);
    builder.append_data(&mut header, format!("{name}/"), &[][..]).unwrap();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_size(content.len() as u64);
    builder.append_data(&mut header, format!("{name}/file"), content.as_bytes()).unwrap();
    String::from_utf8(builder.into_inner().unwrap()).unwrap()
}

#[test]
fn add_unpacks_an_archive_and_copy_does_not() {
    let files = [("a.tar", &*archive("app", "hi"))];
    let image =
        make("FROM a\nADD a.tar /opt\nADD --chown=app:staff a.tar /own/\nCOPY a.tar /as/is\n", &files, None).unwrap();
    assert_eq!(text(&image, "/opt/app/file"), "hi");
    let stat = |path: &str| {
        let stat = image.root.stat(path).unwrap();
        (stat.owner.user, stat.owner.group, stat.mode & 0o777)
    };
    assert_eq!((stat("/opt/app"), stat("/opt/app/file")), ((5, 6, 0o750), (5, 6, 0o750)));
    assert_eq!(stat("/own/app/file"), (7, 9, 0o750));
    assert_eq!(text(&image, "/as/is"), files[0].1);
}

#[test]
fn gzip_is_unpacked_and_anything_else_is_no_archive() {
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write;
    let compressed = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let paths = |bytes: &[u8]| {
        unpack::members(bytes).map(|members| members.into_iter().map(|member| member.path).collect::<Vec<_>>())
    };
    assert_eq!(paths(&compressed(archive("d", "x").as_bytes())).unwrap(), ["d", "d/file"]);
    for none in [&b""[..], b"text", &compressed(b"no archive"), &compressed(archive("d", "x").as_bytes())[..40]] {
        assert_eq!(paths(none), None);
    }
}

#[test]
fn an_address_is_not_fetched() {
    let image = make("FROM a\nARG OTHER=1.2\nADD https://example.com/x-$OTHER.tgz?y /tmp/\n", &[], None).unwrap();
    assert_eq!(text(&image, "/tmp/x-1.2.tgz"), "");
}

#[test]
fn owners_and_permissions_are_those_asked_for_from_other_stages_too() {
    let built = "FROM a AS one\nCOPY --chmod=0755 f /one\nFROM a\nCOPY --from=one --chown=app /one /two\nCOPY --from=0 --chmod=600 /one /three\n";
    let image = make(built, &[("f", "1")], None).unwrap();
    let stat = |path: &str| (image.root.stat(path).unwrap().owner.user, image.root.stat(path).unwrap().mode & 0o777);
    assert_eq!((stat("/two"), stat("/three")), ((7, 0o755), (0, 0o600)));
}
