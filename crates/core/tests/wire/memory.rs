//! The memory that a worker makes the host allocate: never more than a multiple of what it really sent.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use pool_core::wire::{Decoder, Message};
use proptest::prelude::*;

use super::support::{PREAMBLE, config, encode, field, frame, hostile_stream, piece_sizes, pieces};

const MIB: usize = 1 << 20;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MAX: Cell<isize> = const { Cell::new(0) };
}

/// Counts the bytes that each thread holds: every test runs in its own thread.
struct Counting;

fn count(change: isize) {
    let held = HELD.get() + change;
    HELD.set(held);
    MAX.set(MAX.get().max(held));
}

// SAFETY: delegates to the system's allocator; counting neither allocates nor unwinds.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size().cast_signed());
        // SAFETY: the caller keeps the contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        count(-layout.size().cast_signed());
        // SAFETY: the caller keeps the contract.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The most bytes that were held at once while `body` ran, beyond those held before.
fn max_held_by(body: impl FnOnce()) -> usize {
    let before = HELD.get();
    MAX.set(before);
    body();
    usize::try_from(MAX.get() - before).unwrap()
}

/// Handles the bytes of a worker as the host does.
fn receive(decoder: &mut Decoder, pieces: &[&[u8]]) {
    for &(mut piece) in pieces {
        while let Ok(Some(frame)) = decoder.next_frame(&mut piece) {
            drop(Message::parse(frame, u64::MAX));
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_cost_a_multiple_of_themselves(
        stream in hostile_stream(),
        sizes in piece_sizes(),
        length in any::<u32>(),
    ) {
        let mut bytes = [&PREAMBLE[..], &stream].concat();
        bytes.extend(length.to_le_bytes());
        bytes.extend([4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend(&stream);
        let mut decoder = Decoder::new(PREAMBLE, u32::MAX as usize);
        let pieces = pieces(&bytes, &sizes);
        let held = max_held_by(|| receive(&mut decoder, &pieces));
        // What is allocated for a payload that never comes, and what is made of those that do.
        prop_assert!(held <= MIB + 64 * (bytes.len() + 1024), "{} for {}", held, bytes.len());
    }
}

/// Payloads that cost more than their length, a megabyte of each.
fn expensive() -> Vec<(&'static str, u8, Vec<u8>)> {
    let buffer = [vec![2], field(b"")].concat();
    let long = "9007199254740993";
    vec![
        ("invalid UTF-8", 4, vec![0xff; MIB]),
        (
            "out-of-band buffers",
            10,
            [field(b"{}"), field(b"*"), buffer.repeat(MIB / 5)].concat(),
        ),
        (
            "arrays in arrays",
            4,
            format!("{}{long}", "[".repeat(MIB)).into(),
        ),
        (
            "dicts in dicts",
            4,
            format!("{}{long}", "{\"a\":".repeat(MIB / 5)).into(),
        ),
        ("many keys", 4, {
            let keys: Vec<_> = (0..MIB / 12).map(|n| format!("\"{n}\":0")).collect();
            format!("{{{},\"a\":{long}}}", keys.join(",")).into()
        }),
        ("names of functions", 6, {
            let names = vec!["\"\""; MIB / 3].join(",");
            format!("{{\"message\":\"\",\"available\":[{names}]}}").into()
        }),
        ("a long message", 5, {
            let text = "\\u00e9".repeat(MIB / 6);
            format!("{{\"type\":\"\",\"message\":\"{text}\",\"traceback\":\"\"}}").into()
        }),
    ]
}

#[test]
fn expensive_payloads_cost_a_bounded_multiple() {
    for (what, kind, payload) in expensive() {
        let mut bytes = PREAMBLE.to_vec();
        bytes.extend(encode(&frame(kind, 1, &payload)));
        let mut decoder = Decoder::new(PREAMBLE, u32::MAX as usize);
        let held = max_held_by(|| receive(&mut decoder, &[&bytes]));
        assert!(held >= payload.len(), "{what}: nothing was measured");
        assert!(held <= 64 * MIB, "{what}: {} MiB for one", held / MIB);
    }
}

#[test]
fn a_long_stream_keeps_nothing_allocated() {
    let mut decoder = Decoder::new(PREAMBLE, u32::MAX as usize);
    let mut bytes = PREAMBLE.to_vec();
    bytes.extend(encode(&frame(4, 1, b"[]")).repeat(10_000));
    bytes.extend([0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    let held = max_held_by(|| receive(&mut decoder, &[&bytes]));
    assert!(held <= 2 * MIB, "{held}");
}
