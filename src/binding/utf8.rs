//! UTF-16 to UTF-8, eight units at a time: V8's own encoder needs two to three times as long for text
//! that is not ASCII (docs/PERFORMANCE.md). x86-64 only; elsewhere JS keeps to V8's.
//!
//! A unit becomes one byte (below 0x80), two (below 0x800) or three; a surrogate pair becomes four, a
//! lone half U+FFFD, as in Node. Eight units are spread over lanes of two or four bytes, and a shuffle
//! from a table closes the gaps between them.

use std::arch::x86_64::*;

/// What an encoder may write beyond the end of the text: its stores have 16 bytes.
pub(super) const SLACK: usize = 16;

/// Bytes that a text of so many units needs room for.
pub(super) const fn room(units: usize) -> usize {
    3 * units + SLACK
}

/// Whether this processor can do it: SSE4.1 came in 2008.
pub(super) fn is_supported() -> bool {
    is_x86_feature_detected!("sse4.1") && is_x86_feature_detected!("popcnt")
}

/// Encodes `units` and returns the number of bytes. `None`: not supported, or less than [`room`].
pub(super) fn encode(units: &[u16], into: &mut [u8]) -> Option<usize> {
    if !is_supported() || into.len() < room(units.len()) {
        return None;
    }
    // SAFETY: the processor has the features, and `into` the room that `encode_lanes` asks for.
    Some(unsafe { encode_lanes(units, into) })
}

#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Shuffle([u8; 16]);

/// Close the gaps of eight 2-byte lanes, by the mask of lanes that hold one byte.
static PAIRS: [Shuffle; 256] = pairs();
/// Close the gaps of four 4-byte lanes, by the lanes with more than one byte and, above, more than two.
static QUADS: [Shuffle; 256] = quads();

const fn pairs() -> [Shuffle; 256] {
    let mut table = [Shuffle([0x80; 16]); 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut lane, mut at) = (0, 0);
        while lane < 8 {
            let length = 2 - (mask >> lane & 1);
            at = append(&mut table[mask].0, at, 2 * lane, length);
            lane += 1;
        }
        mask += 1;
    }
    table
}

const fn quads() -> [Shuffle; 256] {
    let mut table = [Shuffle([0x80; 16]); 256];
    let mut mask = 0;
    while mask < 256 {
        let (mut lane, mut at) = (0, 0);
        while lane < 4 {
            let length = 1 + (mask >> lane & 1) + (mask >> (lane + 4) & 1);
            at = append(&mut table[mask].0, at, 4 * lane, length);
            lane += 1;
        }
        mask += 1;
    }
    table
}

const fn append(shuffle: &mut [u8; 16], at: usize, first: usize, length: usize) -> usize {
    let mut byte = 0;
    while byte < length {
        shuffle[at + byte] = (first + byte) as u8;
        byte += 1;
    }
    at + length
}

/// # Safety
/// `into` has [`room`] for `units`: as no unit takes more than three bytes, 16 can be stored wherever
/// the next one goes.
#[target_feature(enable = "sse4.1,popcnt")]
unsafe fn encode_lanes(units: &[u16], into: &mut [u8]) -> usize {
    let (mut from, mut at) = (0, 0);
    while let Some(eight) = units[from..].first_chunk::<8>() {
        // SAFETY: eight units are 16 bytes, loaded without alignment.
        let v = unsafe { _mm_loadu_si128(eight.as_ptr().cast()) };
        let to = into[at..].as_mut_ptr();
        let above_7_bits = _mm_and_si128(v, _mm_set1_epi16(0xff80_u16 as i16));
        let above_11_bits = _mm_and_si128(v, _mm_set1_epi16(0xf800_u16 as i16));
        if _mm_testz_si128(above_7_bits, above_7_bits) != 0 {
            // SAFETY: 8 of the 16 bytes that can be stored here (see above).
            unsafe { _mm_storel_epi64(to.cast(), _mm_packus_epi16(v, v)) };
            (from, at) = (from + 8, at + 8);
        } else if _mm_testz_si128(above_11_bits, above_11_bits) != 0 {
            let ascii = _mm_cmpeq_epi16(above_7_bits, _mm_setzero_si128());
            // SAFETY: 16 bytes can be stored here (see above).
            at += unsafe { store_pairs(v, ascii, to) };
            from += 8;
        } else {
            let halves = _mm_cmpeq_epi16(above_11_bits, _mm_set1_epi16(0xd800_u16 as i16));
            let whole = (_mm_movemask_epi8(halves).trailing_zeros() as usize / 2).min(8);
            // SAFETY: the same; the second four units begin at most 12 bytes on.
            unsafe {
                at += store_quads(_mm_unpacklo_epi16(v, _mm_setzero_si128()), whole.min(4), to);
                if whole > 4 {
                    let to = into[at..].as_mut_ptr();
                    at += store_quads(_mm_unpackhi_epi16(v, _mm_setzero_si128()), whole - 4, to);
                }
            }
            from += whole;
            if whole < 8 {
                (from, at) = encode_one(units, from, into, at);
            }
        }
    }
    while from < units.len() {
        (from, at) = encode_one(units, from, into, at);
    }
    at
}

/// The character that begins at `from`; returns where the next one is read and written.
fn encode_one(units: &[u16], from: usize, into: &mut [u8], at: usize) -> (usize, usize) {
    let pair = &units[from..units.len().min(from + 2)];
    let (character, taken) = match char::decode_utf16(pair.iter().copied()).next() {
        Some(Ok(character)) => (character, character.len_utf16()),
        _ => (char::REPLACEMENT_CHARACTER, 1),
    };
    (from + taken, at + character.encode_utf8(&mut into[at..]).len())
}

/// Eight units of one or two bytes.
///
/// # Safety
/// 16 bytes can be stored at `to`.
#[target_feature(enable = "sse4.1,popcnt")]
unsafe fn store_pairs(v: __m128i, ascii: __m128i, to: *mut u8) -> usize {
    let trail = _mm_or_si128(_mm_and_si128(v, _mm_set1_epi16(0x3f)), _mm_set1_epi16(0x80));
    let lead = _mm_or_si128(_mm_srli_epi16::<6>(v), _mm_set1_epi16(0xc0));
    let two = _mm_or_si128(lead, _mm_slli_epi16::<8>(trail));
    let lanes = _mm_blendv_epi8(two, v, ascii);
    let mask = _mm_movemask_epi8(_mm_packs_epi16(ascii, _mm_setzero_si128())) as usize & 0xff;
    // SAFETY: the table is aligned to 16; the store is the caller's promise.
    unsafe {
        let shuffle = _mm_load_si128(PAIRS[mask].0.as_ptr().cast());
        _mm_storeu_si128(to.cast(), _mm_shuffle_epi8(lanes, shuffle));
    }
    16 - mask.count_ones() as usize
}

/// Four units of one to three bytes, of which the first `whole` count.
///
/// # Safety
/// 16 bytes can be stored at `to`.
#[target_feature(enable = "sse4.1,popcnt")]
unsafe fn store_quads(v: __m128i, whole: usize, to: *mut u8) -> usize {
    let all = |value: i32| _mm_set1_epi32(value);
    let six_bits = |v: __m128i| _mm_or_si128(_mm_and_si128(v, all(0x3f)), all(0x80));
    let over_one = _mm_cmpgt_epi32(v, all(0x7f));
    let over_two = _mm_cmpgt_epi32(v, all(0x7ff));
    let (last, middle) = (six_bits(v), six_bits(_mm_srli_epi32::<6>(v)));
    let two = _mm_or_si128(_mm_or_si128(_mm_srli_epi32::<6>(v), all(0xc0)), _mm_slli_epi32::<8>(last));
    let tail = _mm_or_si128(_mm_slli_epi32::<8>(middle), _mm_slli_epi32::<16>(last));
    let three = _mm_or_si128(_mm_or_si128(_mm_srli_epi32::<12>(v), all(0xe0)), tail);
    let lanes = _mm_blendv_epi8(_mm_blendv_epi8(v, two, over_one), three, over_two);
    let (low, high) = (_mm_castsi128_ps(over_one), _mm_castsi128_ps(over_two));
    let mask = (_mm_movemask_ps(low) | _mm_movemask_ps(high) << 4) as usize;
    // SAFETY: the table is aligned to 16; the store is the caller's promise.
    unsafe {
        let shuffle = _mm_load_si128(QUADS[mask].0.as_ptr().cast());
        _mm_storeu_si128(to.cast(), _mm_shuffle_epi8(lanes, shuffle));
    }
    let counted = ((1 << whole) - 1) * 0x11;
    whole + (mask & counted).count_ones() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cases;
    use proptest::prelude::*;

    fn check(units: &[u16]) {
        let mut into = vec![0xaa; room(units.len())];
        let length = encode(units, &mut into).expect("every x86-64 of the last 15 years has SSE4.1");
        assert_eq!(&into[..length], String::from_utf16_lossy(units).as_bytes(), "{units:x?}");
    }

    #[test]
    fn every_unit_at_every_place_among_others() {
        for unit in
            (0..=u16::MAX).step_by(7).chain([0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xd800, 0xdfff, 0xe000])
        {
            for place in [0, 3, 4, 7, 8, 9] {
                let mut units = [0x61, 0xe9, 0x65e5, 0x62, 0x20ac, 0x63, 0x7ff, 0x800, 0x64, 0x65];
                units[place] = unit;
                check(&units);
            }
        }
    }

    #[test]
    fn pairs_and_halves_at_every_offset() {
        for before in 0..20 {
            for halves in
                [&[0xd83d, 0xde42][..], &[0xd83d], &[0xde42], &[0xd83d, 0xd83d, 0xde42], &[0xde42, 0xd83d]]
            {
                for filler in [0x61, 0xe9, 0x65e5] {
                    let mut units = vec![filler; before];
                    units.extend(halves);
                    check(&units);
                    units.extend([filler; 11]);
                    check(&units);
                }
            }
        }
    }

    #[test]
    fn any_mixture() {
        let kinds = [0x41, 0x7f, 0x80, 0x43f, 0x7ff, 0x800, 0x65e5, 0xffff, 0xd83d, 0xde42];
        let mut state = 1_u32;
        for length in 0..200 {
            let units: Vec<u16> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    kinds[(state >> 16) as usize % kinds.len()]
                })
                .collect();
            check(&units);
        }
    }

    #[test]
    fn too_little_room_is_refused() {
        assert_eq!(encode(&[0x41; 4], &mut [0; 27]), None);
        assert_eq!(encode(&[0x41; 4], &mut [0; 28]), Some(4));
    }

    /// Units in runs of one width, with halves of pairs among them: each way through the encoder and from one to the other.
    fn any_units() -> impl Strategy<Value = Vec<u16>> {
        let run = prop_oneof![
            3 => proptest::collection::vec(0..0x80_u16, 1..20),
            3 => proptest::collection::vec(0x80..0x800_u16, 1..20),
            3 => proptest::collection::vec(0x800..=u16::MAX, 1..20),
            2 => proptest::collection::vec(0xd800..0xe000_u16, 1..6),
            1 => proptest::collection::vec(any::<u16>(), 1..40),
            1 => any::<String>().prop_map(|text| text.encode_utf16().collect()),
        ];
        proptest::collection::vec(run, 0..8).prop_map(|runs| runs.concat())
    }

    proptest! {
        #![proptest_config(cases::config())]

        #[test]
        fn any_text_becomes_what_the_standard_library_makes_of_it(units in any_units(), less in 0..4_usize) {
            check(&units);
            let length = String::from_utf16_lossy(&units).len();
            // Nothing is written beyond the room that was asked for, and nothing at all into less.
            let mut into = vec![0xaa; room(units.len()) + 64];
            prop_assert_eq!(encode(&units, &mut into), Some(length));
            prop_assert!(into[room(units.len())..].iter().all(|&byte| byte == 0xaa));
            let mut short = vec![0xaa; room(units.len()) - 1 - less];
            prop_assert_eq!(encode(&units, &mut short), None);
            prop_assert!(short.iter().all(|&byte| byte == 0xaa));
        }
    }
}
