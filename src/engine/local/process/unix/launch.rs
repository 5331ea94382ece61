//! `posix_spawn`: a start whose cost does not grow with the host, unlike that of `fork`.

use std::ffi::{CString, OsStr, c_char, c_int, c_short, c_void};
use std::io;
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use libc::{posix_spawn_file_actions_t, posix_spawnattr_t, sigset_t};

use super::pipes::FIRST_FREE_FD;
use crate::engine::local::process::{Command, Operation, SpawnError};

/// A session of its own (`libc` does not name the flag for Apple), and there also no descriptor
/// but those given: without `pipe2` a new one is inheritable for a moment.
const PLATFORM_FLAGS: c_int = if cfg!(target_vendor = "apple") {
    0x0400 | 0x4000 // POSIX_SPAWN_SETSID | POSIX_SPAWN_CLOEXEC_DEFAULT
} else {
    0x80 // POSIX_SPAWN_SETSID
};

/// Starts `command` with `fds[n]` as its descriptor `n`, every signal unblocked and at its
/// default, and returns its id, which is that of its group and session too.
///
/// The descriptors come from [`pipes`](super::pipes): their numbers lie above those that they are
/// copied to, or copying one would overwrite another.
pub(super) fn launch(command: &Command, fds: &[BorrowedFd<'_>]) -> Result<u32, SpawnError> {
    debug_assert!(fds.iter().all(|fd| fd.as_raw_fd() >= FIRST_FREE_FD));
    start(command, fds).map_err(|source| match &command.cwd {
        // The system has one error for both, so look which of the two is to blame.
        Some(cwd) if !cwd.is_dir() => SpawnError::new(Operation::ChangeDirectory, cwd, source),
        _ => SpawnError::new(Operation::Spawn, &command.program, source),
    })
}

fn start(command: &Command, fds: &[BorrowedFd<'_>]) -> io::Result<u32> {
    let program = c_string(command.program.as_os_str())?;
    let args = command
        .args
        .iter()
        .map(|arg| c_string(arg))
        .collect::<io::Result<Vec<_>>>()?;
    let env = command
        .env
        .iter()
        .map(|(k, v)| assignment(k, v))
        .collect::<io::Result<Vec<_>>>()?;
    let arg_pointers = pointers([&program].into_iter().chain(&args));
    let env_pointers = pointers(&env);

    let mut actions = FileActions::new()?;
    for (target, fd) in (0..).zip(fds) {
        actions.add_dup2(*fd, target)?;
    }
    if let Some(cwd) = &command.cwd {
        actions.add_chdir(cwd)?;
    }
    let attributes = Attributes::new()?;

    let mut id = 0;
    // SAFETY: `program`, `arg_pointers` and `env_pointers` are C strings, the last two in arrays that end with a
    // null pointer; the actions and attributes are initialised; all of them outlive the call.
    check(unsafe {
        libc::posix_spawn(
            &raw mut id,
            program.as_ptr(),
            actions.0.as_ptr(),
            attributes.0.as_ptr(),
            arg_pointers.as_ptr(),
            env_pointers.as_ptr(),
        )
    })?;
    Ok(id.cast_unsigned())
}

/// Boxed, as the C library does not promise that it can be moved.
struct FileActions(Box<MaybeUninit<posix_spawn_file_actions_t>>);

impl FileActions {
    fn new() -> io::Result<Self> {
        let mut actions = Box::new_uninit();
        // SAFETY: the pointer is valid for writes of the type.
        check(unsafe { libc::posix_spawn_file_actions_init(actions.as_mut_ptr()) })?;
        Ok(Self(actions))
    }

    fn add_dup2(&mut self, fd: BorrowedFd<'_>, target: c_int) -> io::Result<()> {
        // SAFETY: the actions are initialised.
        check(unsafe {
            libc::posix_spawn_file_actions_adddup2(self.0.as_mut_ptr(), fd.as_raw_fd(), target)
        })
    }

    fn add_chdir(&mut self, directory: &Path) -> io::Result<()> {
        let directory = c_string(directory.as_os_str())?;
        let add_chdir =
            add_chdir_function().ok_or_else(|| io::Error::from_raw_os_error(libc::ENOSYS))?;
        // SAFETY: the actions are initialised, and the C string outlives the call, which copies it.
        check(unsafe { add_chdir(self.0.as_mut_ptr(), directory.as_ptr()) })
    }
}

impl Drop for FileActions {
    fn drop(&mut self) {
        // SAFETY: initialised by `new`, destroyed only here.
        unsafe { libc::posix_spawn_file_actions_destroy(self.0.as_mut_ptr()) };
    }
}

type AddChdir = unsafe extern "C" fn(*mut posix_spawn_file_actions_t, *const c_char) -> c_int;

/// Looked up when needed: a direct reference would keep the addon from loading at all where the
/// C library is older than the function (glibc 2.28, which Node.js itself still runs on).
fn add_chdir_function() -> Option<AddChdir> {
    let name = c"posix_spawn_file_actions_addchdir_np";
    // SAFETY: the name is a C string.
    let symbol = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
    if symbol.is_null() {
        return None;
    }
    // SAFETY: every C library that has the symbol has it with this signature.
    Some(unsafe { mem::transmute::<*mut c_void, AddChdir>(symbol) })
}

struct Attributes(Box<MaybeUninit<posix_spawnattr_t>>);

impl Attributes {
    /// A session of its own, no signal blocked, and every signal at its default.
    fn new() -> io::Result<Self> {
        let mut attributes = Box::new_uninit();
        // SAFETY: the pointer is valid for writes of the type.
        check(unsafe { libc::posix_spawnattr_init(attributes.as_mut_ptr()) })?;
        let mut attributes = Self(attributes);
        attributes.set()?;
        Ok(attributes)
    }

    fn set(&mut self) -> io::Result<()> {
        let flags = libc::POSIX_SPAWN_SETSIGMASK | libc::POSIX_SPAWN_SETSIGDEF | PLATFORM_FLAGS;
        let flags = c_short::try_from(flags).map_err(io::Error::other)?;
        let attributes = self.0.as_mut_ptr();
        let (none, all) = (signal_set(libc::sigemptyset), signal_set(libc::sigfillset));
        // SAFETY: the attributes are initialised, and both sets outlive the calls.
        unsafe {
            check(libc::posix_spawnattr_setsigmask(
                attributes,
                &raw const none,
            ))?;
            check(libc::posix_spawnattr_setsigdefault(
                attributes,
                &raw const all,
            ))?;
            check(libc::posix_spawnattr_setflags(attributes, flags))
        }
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: initialised by `new`, destroyed only here.
        unsafe { libc::posix_spawnattr_destroy(self.0.as_mut_ptr()) };
    }
}

fn signal_set(fill: unsafe extern "C" fn(*mut sigset_t) -> c_int) -> sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: `sigemptyset` and `sigfillset` initialise the whole set and do not fail.
    unsafe {
        fill(set.as_mut_ptr());
        set.assume_init()
    }
}

/// These functions return their error number instead of setting `errno`.
fn check(result: c_int) -> io::Result<()> {
    if result == 0 {
        Ok(())
    } else {
        Err(io::Error::from_raw_os_error(result))
    }
}

fn c_string(text: &OsStr) -> io::Result<CString> {
    Ok(CString::new(text.as_bytes())?)
}

fn assignment(name: &OsStr, value: &OsStr) -> io::Result<CString> {
    Ok(CString::new(
        [name.as_bytes(), b"=", value.as_bytes()].concat(),
    )?)
}

/// The null-terminated array that C wants; borrowed from `strings`, which must outlive its use.
fn pointers<'a>(strings: impl IntoIterator<Item = &'a CString>) -> Vec<*mut c_char> {
    let strings = strings.into_iter().map(|string| string.as_ptr().cast_mut());
    strings.chain([ptr::null_mut()]).collect()
}
