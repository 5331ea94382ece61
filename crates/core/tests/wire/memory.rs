//! What a worker makes the host set aside: never more than a multiple of what it really sent.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use pool_core::wire::{Decoder, Message};
use proptest::prelude::*;

use super::support::{PREAMBLE, config, encode, field, frame, hostile_stream, piece_sizes, pieces};

const MIB: usize = 1 << 20;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static MOST: Cell<isize> = const { Cell::new(0) };
}

/// Counts what each thread holds: the tests run in threads of their own.
struct Counting;

fn count(change: isize) {
    let held = HELD.get() + change;
    HELD.set(held);
    MOST.set(MOST.get().max(held));
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
fn most_held_by(body: impl FnOnce()) -> usize {
    let before = HELD.get();
    MOST.set(before);
    body();
    usize::try_from(MOST.get() - before).unwrap()
}

/// Does what the host does with the bytes of a worker.
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
        claim in any::<u32>(),
    ) {
        let mut bytes = [&PREAMBLE[..], &stream].concat();
        bytes.extend(claim.to_le_bytes());
        bytes.extend([4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend(&stream);
        let mut decoder = Decoder::new(PREAMBLE, u32::MAX as usize);
        let pieces = pieces(&bytes, &sizes);
        let held = most_held_by(|| receive(&mut decoder, &pieces));
        // What is set aside for a payload of unknown worth, and what is made of it.
        prop_assert!(held <= MIB + 64 * (bytes.len() + 1024), "{} for {}", held, bytes.len());
    }
}

/// What costs more than it is long, a megabyte of each.
fn expensive() -> Vec<(&'static str, u8, Vec<u8>)> {
    let part = [vec![2], field(b"")].concat();
    let long = "9007199254740993";
    vec![
        ("noise in a value", 4, vec![0xff; MIB]),
        (
            "parts beside it",
            10,
            [field(b"{}"), field(b"*"), part.repeat(MIB / 5)].concat(),
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
fn what_is_made_to_cost_much_costs_a_bounded_multiple() {
    for (what, kind, payload) in expensive() {
        let mut bytes = PREAMBLE.to_vec();
        bytes.extend(encode(&frame(kind, 1, &payload)));
        let mut decoder = Decoder::new(PREAMBLE, u32::MAX as usize);
        let held = most_held_by(|| receive(&mut decoder, &[&bytes]));
        assert!(held >= payload.len(), "{what}: nothing was measured");
        assert!(held <= 64 * MIB, "{what}: {} MiB for one", held / MIB);
    }
}

#[test]
fn a_stream_of_claims_sets_nothing_aside_for_long() {
    let mut decoder = Decoder::new(PREAMBLE, u32::MAX as usize);
    let mut bytes = PREAMBLE.to_vec();
    bytes.extend(encode(&frame(4, 1, b"[]")).repeat(10_000));
    bytes.extend([0xff, 0xff, 0xff, 0xff, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    let held = most_held_by(|| receive(&mut decoder, &[&bytes]));
    assert!(held <= 2 * MIB, "{held}");
}
