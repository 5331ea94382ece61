//! `posix_spawn` and its attributes: the one part of process control that rustix does not cover.

use std::ffi::{CStr, CString, OsStr, c_char, c_int, c_short, c_void};
use std::io;
use std::mem::{self, MaybeUninit};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use libc::{posix_spawn_file_actions_t, posix_spawnattr_t, sigset_t};
use rustix::process::Pid;

/// A session of its own (`libc` does not name the flag for Apple). On Apple's systems also no
/// descriptor but those given: without `pipe2`, a new one is inheritable for a moment.
const PLATFORM_FLAGS: c_int = if cfg!(target_vendor = "apple") {
    0x0400 | 0x4000 // POSIX_SPAWN_SETSID | POSIX_SPAWN_CLOEXEC_DEFAULT
} else {
    0x80 // POSIX_SPAWN_SETSID
};

/// Starts a program in its own session, with every signal unblocked and at its default.
pub(super) fn spawn(
    program: &CStr,
    args: &[CString],
    env: &[CString],
    actions: &FileActions,
) -> io::Result<Pid> {
    let args = null_terminated(
        [program]
            .into_iter()
            .chain(args.iter().map(CString::as_c_str)),
    );
    let env = null_terminated(env.iter().map(CString::as_c_str));
    let attributes = Attributes::new()?;
    let mut id = 0;
    // SAFETY: `program` is a C string, and so are the elements of `args` and `env`, which end with a
    // null pointer; the actions and attributes are initialised; all of them outlive the call.
    check(unsafe {
        libc::posix_spawn(
            &raw mut id,
            program.as_ptr(),
            actions.0.as_ptr(),
            attributes.0.as_ptr(),
            args.as_ptr(),
            env.as_ptr(),
        )
    })?;
    Pid::from_raw(id).ok_or_else(|| io::Error::other("posix_spawn returned no process id"))
}

/// What happens in the new process before the program runs.
///
/// Boxed, because the C library does not promise that it can be moved.
pub(super) struct FileActions(Box<MaybeUninit<posix_spawn_file_actions_t>>);

impl FileActions {
    pub(super) fn new() -> io::Result<Self> {
        let mut actions = Box::new_uninit();
        // SAFETY: the pointer is valid for writes of the type.
        check(unsafe { libc::posix_spawn_file_actions_init(actions.as_mut_ptr()) })?;
        Ok(Self(actions))
    }

    /// Has the process find `fd` as its descriptor `target`.
    pub(super) fn add_dup2(&mut self, fd: BorrowedFd<'_>, target: c_int) -> io::Result<()> {
        // SAFETY: the actions are initialised.
        check(unsafe {
            libc::posix_spawn_file_actions_adddup2(self.0.as_mut_ptr(), fd.as_raw_fd(), target)
        })
    }

    /// Has the process start in `directory`.
    pub(super) fn add_chdir(&mut self, directory: &Path) -> io::Result<()> {
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

/// Looked up when needed: with a direct reference, the addon would not load at all where the C
/// library is older than the function (glibc 2.28, which Node.js itself still runs on).
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

/// A session of its own, no signal blocked, and every signal at its default.
struct Attributes(Box<MaybeUninit<posix_spawnattr_t>>);

impl Attributes {
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
        let none = signal_set(libc::sigemptyset);
        let all = signal_set(libc::sigfillset);
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

/// A C string; an error for text with a null byte, which no process can be given.
pub(super) fn c_string(text: &OsStr) -> io::Result<CString> {
    Ok(CString::new(text.as_bytes())?)
}

/// The array of pointers that C expects; borrowed from `strings`, which must outlive its use.
fn null_terminated<'a>(strings: impl Iterator<Item = &'a CStr>) -> Vec<*mut c_char> {
    let pointers = strings.map(|string| string.as_ptr().cast_mut());
    pointers.chain([ptr::null_mut()]).collect()
}
