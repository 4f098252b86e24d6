use sha2::block_api::compress256;

const INITIAL_STATE: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

const BLOCK: usize = 64;
/// Blocks that are gathered before they are compressed: most canonical requests fit.
const BUFFER_BLOCKS: usize = 8;
const BUFFER_BYTES: usize = BUFFER_BLOCKS * BLOCK;

/// SHA-256 over a text that is written piece by piece.
///
/// The canonical request is some forty short pieces. Gathering them in a buffer of several blocks costs
/// one copy each, and the compression function then runs over all blocks in one call.
pub(crate) struct Sha256 {
    state: State,
    buffer: [[u8; BLOCK]; BUFFER_BLOCKS],
    /// Bytes of the buffer in use; at most `BUFFER_BYTES`.
    used: usize,
    /// Bytes compressed so far.
    compressed: u64,
}

/// The chaining value between two blocks.
pub(crate) type State = [u32; 8];

/// The SHA-256 of `bytes`.
pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut state = INITIAL_STATE;
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    if !blocks.is_empty() {
        compress256(&mut state, blocks);
    }
    finish(state, rest, bytes.len() as u64)
}

/// Hashes the last, incomplete block of a text of `length` bytes.
fn finish(mut state: State, rest: &[u8], length: u64) -> [u8; 32] {
    let mut last = [[0; BLOCK]; 2];
    let padded = last.as_flattened_mut();
    for (target, byte) in padded.iter_mut().zip(rest) {
        *target = *byte;
    }
    if let Some(end) = padded.get_mut(rest.len()) {
        *end = 0x80;
    }
    let [first, second] = &mut last;
    let length_block = if rest.len() + 9 <= BLOCK {
        &mut *first
    } else {
        second
    };
    if let Some(field) = length_block.last_chunk_mut() {
        *field = (length * 8).to_be_bytes();
    }
    let blocks = if rest.len() + 9 <= BLOCK { 1 } else { 2 };
    compress256(&mut state, last.get(..blocks).unwrap_or_default());
    to_bytes(state)
}

/// The state after one block from the standard's initial state.
pub(crate) fn after_first_block(block: &[u8; BLOCK]) -> State {
    let mut state = INITIAL_STATE;
    compress256(&mut state, std::slice::from_ref(block));
    state
}

impl Sha256 {
    /// Starts a new text.
    pub(crate) fn new() -> Self {
        Self::resume(INITIAL_STATE, 0)
    }

    /// Goes on after `compressed` bytes (whole blocks) that led to `state`.
    pub(crate) fn resume(state: State, compressed: u64) -> Self {
        Self {
            state,
            buffer: [[0; BLOCK]; BUFFER_BLOCKS],
            used: 0,
            compressed,
        }
    }

    /// Appends `bytes` to the text.
    #[inline]
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let end = self.used + bytes.len();
        match self.buffer.as_flattened_mut().get_mut(self.used..end) {
            Some(target) => {
                target.copy_from_slice(bytes);
                self.used = end;
            }
            None => self.write_over(bytes),
        }
    }

    /// Appends what does not fit into the rest of the buffer.
    #[cold]
    fn write_over(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let target = self
                .buffer
                .as_flattened_mut()
                .get_mut(self.used..)
                .unwrap_or_default();
            let taken = target.len().min(bytes.len());
            let (now, later) = bytes.split_at(taken);
            for (target, byte) in target.iter_mut().zip(now) {
                *target = *byte;
            }
            bytes = later;
            self.used += taken;
            if self.used == BUFFER_BYTES {
                compress256(&mut self.state, &self.buffer);
                self.compressed += BUFFER_BYTES as u64;
                self.used = 0;
            }
        }
    }

    /// Ends the text.
    pub(crate) fn finish(mut self) -> [u8; 32] {
        let text = self.buffer.as_flattened().get(..self.used).unwrap_or_default();
        let (blocks, rest) = text.as_chunks::<BLOCK>();
        if !blocks.is_empty() {
            compress256(&mut self.state, blocks);
        }
        finish(self.state, rest, self.compressed + self.used as u64)
    }
}

/// A state as the standard writes it.
pub(crate) fn to_bytes(state: State) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (target, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *target = word.to_be_bytes();
    }
    bytes
}

/// Lower-case hex of a digest.
pub(crate) fn to_hex(digest: &[u8; 32]) -> [u8; 64] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut hex = [0; 64];
    for (pair, byte) in hex.as_chunks_mut::<2>().0.iter_mut().zip(digest) {
        *pair = [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]];
    }
    hex
}

/// The digest that 64 lower-case hex characters write; AWS writes no upper-case ones.
pub(crate) fn from_hex(hex: &[u8]) -> Option<[u8; 32]> {
    let (pairs, []) = hex.as_chunks::<2>() else {
        return None;
    };
    let pairs: &[[u8; 2]; 32] = pairs.try_into().ok()?;
    let mut digest = [0; 32];
    for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(digest)
}

fn nibble(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reference implementation of the same crate family says.
    fn reference(bytes: &[u8]) -> [u8; 32] {
        use sha2::Digest;
        sha2::Sha256::digest(bytes).into()
    }

    #[test]
    fn every_length_around_the_block_and_buffer_borders() {
        let text: Vec<u8> = (0..3 * BUFFER_BYTES).map(|index| index as u8).collect();
        for length in (0..200)
            .chain(BUFFER_BYTES - 70..BUFFER_BYTES + 70)
            .chain([text.len()])
        {
            let text = &text[..length];
            assert_eq!(digest(text), reference(text), "{length}");
            for piece in [1, 7, 64, 600] {
                let mut streamed = Sha256::new();
                text.chunks(piece).for_each(|piece| streamed.write(piece));
                assert_eq!(
                    streamed.finish(),
                    reference(text),
                    "{length} in pieces of {piece}"
                );
            }
        }
    }

    #[test]
    fn hex_is_lower_case_and_of_full_length() {
        let bytes = digest(b"");
        let hex = to_hex(&bytes);
        assert_eq!(
            &hex,
            b"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        assert_eq!(from_hex(&hex), Some(bytes));
        assert_eq!(from_hex(&hex.to_ascii_uppercase()), None);
        assert_eq!(from_hex(&hex[1..]), None);
        assert_eq!(from_hex(&hex[2..]), None);
        assert_eq!(from_hex(&[&hex[..], b"00"].concat()), None);
    }
}
