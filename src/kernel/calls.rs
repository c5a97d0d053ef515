//! The system calls of a process: its surroundings, files, descriptors, time and the network.

use super::descriptor::{Description, OpenFile, Opening};
use super::environment::Environment;
use super::errno::Errno;
use super::executor::Sleep;
use super::files::{Access, Content, Device, FileKind, FileLock, Follow, Owner, Stat, Tree, absolute};
use super::network::{ConnectError, Connection, Listener, NameError, Route, UNANSWERED_AFTER, UNREACHABLE_AFTER};
use super::pipe::pipe;
use super::process::{Origin, Process, Work};
use super::program::Program;
use super::signal::Signal;
use super::time::Instant;
use std::cell::Cell;
use std::net::Ipv4Addr;
use std::rc::Rc;
use std::time::Duration;

/// Descriptors a process may have.
const MOST_DESCRIPTORS: usize = 1024;

/// What Linux keeps of a program's name.
const MOST_OF_A_NAME: usize = 15;

/// Steps a process may take before it has to let time pass.
const STEPS_PER_PAUSE: u32 = 2_000;

/// The most bytes that are read into one value: a file, an output that a shell collects.
pub const MOST_COLLECTED: usize = 4 << 20;

/// What is asked of the surroundings.
impl Process {
    /// The present.
    pub fn now(&self) -> Instant {
        self.kernel().tasks().now()
    }

    /// Ends after `span`.
    pub fn sleep(&self, span: Duration) -> Sleep {
        self.kernel().tasks().sleep(span)
    }

    /// Counts steps of a program that computes. One that goes on without ever waiting has to pause now and then, longer
    /// and longer, so that an endless loop cannot hold time still.
    pub async fn work(&self, steps: u32) {
        let mut work = self.0.work.get();
        if self.now() != work.since {
            work = Work { since: self.now(), ..Work::default() };
        }
        work.steps += steps;
        if work.steps < STEPS_PER_PAUSE {
            self.0.work.set(work);
            return;
        }
        let pause = match work.pauses {
            0..50 => Duration::from_millis(1),
            50..100 => Duration::from_millis(100),
            100..200 => Duration::from_secs(10),
            _ => Duration::from_secs(60),
        };
        self.sleep(pause).await;
        self.0.work.set(Work { since: self.now(), steps: 0, pauses: work.pauses + 1 });
    }

    /// Its arguments; the first names the program.
    pub fn args(&self) -> Rc<[Rc<str>]> {
        self.0.start.borrow().args.clone()
    }

    /// One of its arguments; that at 0 names the program.
    pub fn argument(&self, at: usize) -> Option<Rc<str>> {
        self.0.start.borrow().args.get(at).cloned()
    }

    /// Its environment.
    pub fn environment(&self) -> Environment {
        self.0.start.borrow().environment.clone()
    }

    /// Replaces its environment.
    pub fn set_environment(&self, environment: Environment) {
        Rc::make_mut(&mut self.0.start.borrow_mut()).environment = environment;
    }

    /// Sets an environment variable.
    pub fn set_variable(&self, name: &str, value: &str) {
        Rc::make_mut(&mut self.0.start.borrow_mut()).environment.set(name, value);
    }

    /// The value of an environment variable.
    pub fn variable(&self, name: &str) -> Option<Rc<str>> {
        self.0.start.borrow().environment.get(name).cloned()
    }

    /// Its working folder, absolute.
    pub fn folder(&self) -> Rc<str> {
        self.0.start.borrow().folder.clone()
    }

    /// Its user and group.
    pub fn access(&self) -> Access {
        self.0.access.get()
    }

    /// Changes its user and group.
    pub fn set_access(&self, access: Access) {
        self.0.access.set(access);
    }

    /// The permissions a new file does not get.
    pub fn umask(&self) -> u32 {
        self.0.umask.get()
    }

    /// Sets [`Process::umask`].
    pub fn set_umask(&self, umask: u32) {
        self.0.umask.set(umask & 0o777);
    }

    /// The host name.
    pub fn hostname(&self) -> Rc<str> {
        self.namespaces().hostname().clone()
    }
}

/// Files by path; a relative path starts at the working folder.
impl Process {
    /// `path` as an absolute path, not resolved.
    pub fn absolute(&self, path: &str) -> String {
        absolute(&self.folder(), path)
    }

    fn find(&self, path: &str, follow: Follow) -> Result<super::files::Place, Errno> {
        if path.is_empty() {
            return Err(Errno::Enoent);
        }
        if path.starts_with('/') {
            return self.namespaces().mounts().find(path, follow, self.access());
        }
        self.namespaces().mounts().find(&self.absolute(path), follow, self.access())
    }

    /// Changes the working folder.
    pub fn set_folder(&self, path: &str) -> Result<(), Errno> {
        let place = self.find(path, Follow::Last)?;
        if !place.stat().is_folder() {
            return Err(Errno::Enotdir);
        }
        place.allows(self.access(), 1)?;
        Rc::make_mut(&mut self.0.start.borrow_mut()).folder = place.path().into();
        Ok(())
    }

    /// What is at `path`, following symbolic links.
    pub fn stat(&self, path: &str) -> Result<Stat, Errno> {
        Ok(self.find(path, Follow::Last)?.stat())
    }

    /// What is at `path`; a symbolic link itself.
    pub fn stat_link(&self, path: &str) -> Result<Stat, Errno> {
        Ok(self.find(path, Follow::NotLast)?.stat())
    }

    /// Whether two paths lead to the same file.
    pub fn is_same_file(&self, one: &str, other: &str) -> bool {
        match (self.find(one, Follow::Last), self.find(other, Follow::Last)) {
            (Ok(one), Ok(other)) => one.is_same(&other),
            _ => false,
        }
    }

    /// The absolute path without symbolic links.
    pub fn real_path(&self, path: &str) -> Result<String, Errno> {
        Ok(self.find(path, Follow::Last)?.path().to_owned())
    }

    /// Whether it may do all of `wanted` (4 read, 2 write, 1 execute) with what is at `path`.
    pub fn may(&self, path: &str, wanted: u32) -> Result<(), Errno> {
        self.find(path, Follow::Last)?.allows(self.access(), wanted)
    }

    /// A folder's names, sorted.
    pub fn list(&self, path: &str) -> Result<Vec<Rc<str>>, Errno> {
        self.find(path, Follow::Last)?.list(self.access())
    }

    /// A file's bytes.
    pub fn read_file(&self, path: &str) -> Result<Rc<Vec<u8>>, Errno> {
        let place = self.find(path, Follow::Last)?;
        place.allows(self.access(), 4)?;
        place.read()
    }

    /// Replaces a file's bytes, making it if it is missing.
    pub async fn write_file(&self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        self.open(path, Opening::Truncate)?.write(bytes, self.now()).await
    }

    /// Writes at the end of a file, making it if it is missing.
    pub async fn append_file(&self, path: &str, bytes: &[u8]) -> Result<(), Errno> {
        self.open(path, Opening::Append)?.write(bytes, self.now()).await
    }

    /// Takes the exclusive lock on a file, which is made if it is missing; it is given back when it is dropped. Like `fcntl`
    /// with F_SETLK: EAGAIN if another process holds it.
    pub fn lock_file(&self, path: &str) -> Result<FileLock, Errno> {
        let mode = 0o666 & !self.umask();
        self.namespaces().mounts().find_or_create(&self.absolute(path), mode, self.access())?.lock()
    }

    /// Says in a few words what the data at `path` are worth now (`counter 3`), for whoever observes the tree. Not a system
    /// call: how a simulated server lets its data be shown.
    pub fn summarise(&self, path: &str, text: &str) {
        if let Ok(place) = self.find(path, Follow::Last) {
            place.summarise(text);
        }
    }

    /// Makes `to` hold what `from` does, programs included.
    pub fn copy_file(&self, from: &str, to: &str) -> Result<(), Errno> {
        let source = self.find(from, Follow::Last)?;
        source.allows(self.access(), 4)?;
        let mode = 0o666 & !self.umask();
        let place = self.namespaces().mounts().find_or_create(&self.absolute(to), mode, self.access())?;
        place.set_content(source.content()?)?;
        place.touch(self.now());
        place.announce_written();
        Ok(())
    }

    /// Makes `path` an executable file that is `program`.
    pub fn install(&self, path: &str, program: Rc<dyn Program>) -> Result<(), Errno> {
        let place = self.namespaces().mounts().find_or_create(&self.absolute(path), 0o755, self.access())?;
        place.set_content(Content::Program(program))?;
        place.touch(self.now());
        place.announce_written();
        Ok(())
    }

    /// How many bytes are used in the file system that holds `path`, and how many fit, if there is a limit.
    pub fn usage(&self, path: &str) -> Result<(u64, Option<u64>), Errno> {
        Ok(self.find(path, Follow::Last)?.tree().usage())
    }

    /// Makes a folder.
    pub fn make_folder(&self, path: &str) -> Result<(), Errno> {
        let mode = 0o777 & !self.umask();
        self.namespaces().mounts().make_folder(&self.absolute(path), mode, self.access())
    }

    /// Makes a folder and those above it that are missing.
    pub fn make_folders(&self, path: &str) -> Result<(), Errno> {
        let mode = 0o777 & !self.umask();
        self.namespaces().mounts().make_folders(&self.absolute(path), mode, self.access())
    }

    /// Removes a file or a symbolic link.
    pub fn remove_file(&self, path: &str) -> Result<(), Errno> {
        self.namespaces().mounts().remove_file(&self.absolute(path), self.access())
    }

    /// Removes an empty folder.
    pub fn remove_folder(&self, path: &str) -> Result<(), Errno> {
        self.namespaces().mounts().remove_folder(&self.absolute(path), self.access())
    }

    /// Renames.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), Errno> {
        self.namespaces().mounts().rename(&self.absolute(from), &self.absolute(to), self.access())
    }

    /// Makes a symbolic link.
    pub fn symlink(&self, target: &str, path: &str) -> Result<(), Errno> {
        self.namespaces().mounts().symlink(target, &self.absolute(path), self.access())
    }

    /// Gives a file a further name.
    pub fn hard_link(&self, existing: &str, path: &str) -> Result<(), Errno> {
        self.namespaces().mounts().hard_link(&self.absolute(existing), &self.absolute(path), self.access())
    }

    /// Changes permissions; EPERM unless it is root or the owner.
    pub fn set_mode(&self, path: &str, mode: u32) -> Result<(), Errno> {
        self.find(path, Follow::Last)?.set_mode(mode, self.access())
    }

    /// Changes the owner; EPERM unless it is root. A program loses the right to run as its owner or group by it.
    pub fn set_owner(&self, path: &str, owner: Owner) -> Result<(), Errno> {
        let before = self.stat_link(path)?;
        self.find(path, Follow::NotLast)?.set_owner(owner, self.access())?;
        if before.kind == FileKind::File && before.mode & 0o6000 != 0 && before.mode & 0o111 != 0 {
            self.find(path, Follow::NotLast)?.set_mode(before.mode & !0o6000, Access::ROOT)?;
        }
        Ok(())
    }

    /// Makes the file at `path` if it is missing, and says that it was changed now.
    pub fn touch(&self, path: &str) -> Result<(), Errno> {
        if let Ok(place) = self.find(path, Follow::Last)
            && place.stat().is_folder()
        {
            place.allows(self.access(), 2)?;
            place.touch(self.now());
            return Ok(());
        }
        self.open(path, Opening::Append)?;
        self.find(path, Follow::Last)?.touch(self.now());
        Ok(())
    }

    /// Opens the file at `path`.
    pub fn open(&self, path: &str, opening: Opening) -> Result<Rc<Description>, Errno> {
        let found = self.find(path, Follow::Last);
        if let Ok(place) = &found
            && let Some(device) = place.device()
        {
            return self.open_device(device);
        }
        if opening == Opening::Read {
            let place = found?;
            place.allows(self.access(), 4)?;
            return Ok(Rc::new(Description::File(OpenFile::new(place, opening, false, self.now())?)));
        }
        if path.is_empty() {
            return Err(Errno::Enoent);
        }
        let mode = 0o666 & !self.umask();
        let place = self.namespaces().mounts().find_or_create(&self.absolute(path), mode, self.access())?;
        Ok(Rc::new(Description::File(OpenFile::new(place, opening, found.is_err(), self.now())?)))
    }

    fn open_device(&self, device: Device) -> Result<Rc<Description>, Errno> {
        Ok(match device {
            Device::Null => Rc::new(Description::Null),
            Device::Zero => Rc::new(Description::Zero),
            Device::Full => Rc::new(Description::Full),
            Device::Random => Rc::new(Description::Random(Cell::new(0x9e37_79b9_7f4a_7c15))),
            Device::Descriptor(number) => self.descriptor(number).ok_or(Errno::Enoent)?,
            Device::DescriptorOfInit(number) => {
                let init = self.namespaces().process(1).ok_or(Errno::Enoent)?;
                init.descriptor(number).ok_or(Errno::Enoent)?
            }
            Device::CommandLineOfInit => {
                let args = self.namespaces().process(1).ok_or(Errno::Enoent)?.args();
                self.reading(args.iter().flat_map(|arg| [arg, "\0"]).collect())?
            }
            Device::NameOfInit => {
                let name = self.namespaces().process(1).ok_or(Errno::Enoent)?.argument(0).unwrap_or_default();
                let name = name.rsplit('/').next().unwrap_or_default();
                self.reading(name.chars().take(MOST_OF_A_NAME).chain(['\n']).collect())?
            }
        })
    }

    /// A text of the system's own, opened for reading.
    fn reading(&self, text: String) -> Result<Rc<Description>, Errno> {
        let tree = Tree::new();
        tree.write("/text", text)?;
        let place = tree.table().find("/text", Follow::Last, Access::ROOT)?;
        Ok(Rc::new(Description::File(OpenFile::new(place, Opening::Read, false, self.now())?)))
    }
}

/// Descriptors.
impl Process {
    /// What it has open as `number`.
    pub fn descriptor(&self, number: u32) -> Option<Rc<Description>> {
        self.0.descriptors.borrow().as_ref()?.get(number as usize).cloned().flatten()
    }

    /// Opens `description` as `number`, or closes that; what was open there is closed. EBADF for too big a number.
    pub fn set_descriptor(&self, number: u32, description: Option<Rc<Description>>) -> Result<(), Errno> {
        let at = number as usize;
        if at >= MOST_DESCRIPTORS {
            return Err(Errno::Ebadf);
        }
        let mut shared = self.0.descriptors.borrow_mut();
        let descriptors = Rc::make_mut(shared.get_or_insert_default());
        if descriptors.len() <= at {
            descriptors.resize(at + 1, None);
        }
        let before = std::mem::replace(&mut descriptors[at], description);
        drop(shared);
        drop(before);
        Ok(())
    }

    /// A pipe: its end to read from, its end to write to.
    pub fn pipe(&self) -> (Rc<Description>, Rc<Description>) {
        let (reader, writer) = pipe();
        (Rc::new(Description::PipeReader(reader)), Rc::new(Description::PipeWriter(writer)))
    }

    /// At most `most` bytes from a descriptor, waiting for the first; nothing at the end.
    pub async fn read(&self, number: u32, most: usize) -> Result<Vec<u8>, Errno> {
        self.work(1).await;
        self.descriptor(number).ok_or(Errno::Ebadf)?.read(most).await
    }

    /// Everything from a descriptor, up to [`MOST_COLLECTED`] bytes.
    pub async fn read_to_end(&self, number: u32) -> Result<Vec<u8>, Errno> {
        let mut all = Vec::new();
        while all.len() < MOST_COLLECTED {
            let bytes = self.read(number, MOST_COLLECTED - all.len()).await?;
            if bytes.is_empty() {
                break;
            }
            all.extend(bytes);
        }
        Ok(all)
    }

    /// Writes all of `bytes` to a descriptor, waiting for room. EPIPE comes with SIGPIPE, which ends most programs.
    pub async fn write(&self, number: u32, bytes: &[u8]) -> Result<(), Errno> {
        self.work(1).await;
        let description = self.descriptor(number).ok_or(Errno::Ebadf)?;
        let result = description.write(bytes, self.now()).await;
        if result == Err(Errno::Epipe) {
            self.deliver(Signal::PIPE, Origin::Inside);
            self.unless_ended().await;
        }
        result
    }

    /// Writes to standard output; an error is of no interest to the caller.
    pub async fn print(&self, text: impl AsRef<[u8]>) {
        let _ = Box::pin(self.write(1, text.as_ref())).await;
    }

    /// Writes to standard error; an error is of no interest to the caller.
    pub async fn complain(&self, text: impl AsRef<[u8]>) {
        let _ = Box::pin(self.write(2, text.as_ref())).await;
    }
}

/// The network.
impl Process {
    /// Listens on a port of its network namespace.
    pub fn listen(&self, port: u16) -> Result<Listener, Errno> {
        self.namespaces().network().listen(port)
    }

    /// Listens on a Unix socket by its path; EROFS, EACCES or ENOENT if its folder does not take it.
    pub fn listen_local(&self, path: &str) -> Result<Listener, Errno> {
        let path = self.absolute(path);
        // The socket is a file, which its folder has to take.
        let folder = path.rfind('/').map_or("/", |slash| &path[..slash.max(1)]);
        self.may(folder, 2)?;
        self.namespaces().network().listen_local(&path)
    }

    /// Connects to a Unix socket by its path.
    pub fn connect_local(&self, path: &str) -> Result<Connection, Errno> {
        self.namespaces().network().connect_local(&self.absolute(path))
    }

    /// Addresses of a host name.
    pub fn resolve(&self, name: &str) -> Result<Vec<Ipv4Addr>, NameError> {
        self.namespaces().network().resolve(name)
    }

    /// Connects to a port of the first address of a host that answers.
    pub async fn connect(&self, host: &str, port: u16) -> Result<Connection, ConnectError> {
        let addresses = self.resolve(host).map_err(ConnectError::Name)?;
        let mut error = ConnectError::Name(NameError::Unknown);
        for address in addresses {
            match self.connect_to(address, port).await {
                Ok(connection) => return Ok(connection),
                Err(errno) => error = ConnectError::Failed(address, errno),
            }
        }
        Err(error)
    }

    /// Connects to a port of an address.
    pub async fn connect_to(&self, address: Ipv4Addr, port: u16) -> Result<Connection, Errno> {
        let network = self.namespaces().network();
        match network.route(address) {
            Route::To(space) => {
                // Who connects to a loopback address comes from one.
                let own = network.address().filter(|_| !address.is_loopback());
                space.connect_to(port, own.unwrap_or(Ipv4Addr::LOCALHOST))
            }
            Route::NoNetwork => Err(Errno::Ehostunreach),
            Route::NoHost => {
                self.sleep(UNREACHABLE_AFTER).await;
                Err(Errno::Ehostunreach)
            }
            Route::Silence => {
                self.sleep(UNANSWERED_AFTER).await;
                Err(Errno::Etimedout)
            }
        }
    }
}
