use sha2::block_api::compress256;

/// The state that the standard begins with.
pub(crate) const INITIAL_STATE: [u32; 8] = [
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
/// Bytes that end a text: a one bit, and the text's length.
const END: usize = 9;

/// The chaining value between two blocks.
pub(crate) type State = [u32; 8];

/// SHA-256 over a text that is written piece by piece.
///
/// The canonical request is some forty short pieces. Gathering them in a buffer of several blocks costs
/// one copy each, and the compression function then runs over all blocks in one call.
pub(crate) struct Sha256<const BLOCKS: usize> {
    state: State,
    buffer: [[u8; BLOCK]; BLOCKS],
    /// Bytes of the buffer in use; never all of them.
    used: usize,
    /// Bytes compressed so far.
    compressed: usize,
}

/// The SHA-256 of `bytes`.
pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    let mut state = INITIAL_STATE;
    if !blocks.is_empty() {
        compress256(&mut state, blocks);
    }
    let state = after_last_block(state, rest, bytes.len()).unwrap_or_else(|| {
        let mut last = Sha256::<2>::resume(state, bytes.len() - rest.len());
        last.write(rest);
        last.finish()
    });
    to_bytes(state)
}

/// The state that a text's last bytes lead to, when they and the end fit into one block.
pub(crate) fn after_last_block(state: State, rest: &[u8], length: usize) -> Option<State> {
    let mut block = [0; BLOCK];
    if rest.len() + END > BLOCK {
        return None;
    }
    block.get_mut(..rest.len())?.copy_from_slice(rest);
    *block.get_mut(rest.len())? = 0x80;
    *block.last_chunk_mut()? = (length as u64 * 8).to_be_bytes();
    Some(after_block(state, &block))
}

/// The state that a block leads to.
pub(crate) fn after_block(mut state: State, block: &[u8; BLOCK]) -> State {
    compress256(&mut state, std::slice::from_ref(block));
    state
}

impl<const BLOCKS: usize> Sha256<BLOCKS> {
    /// Starts a new text.
    pub(crate) fn new() -> Self {
        Self::resume(INITIAL_STATE, 0)
    }

    /// Goes on after `compressed` bytes (whole blocks) that led to `state`.
    pub(crate) fn resume(state: State, compressed: usize) -> Self {
        Self {
            state,
            buffer: [[0; BLOCK]; BLOCKS],
            used: 0,
            compressed,
        }
    }

    /// Appends `bytes` to the text.
    #[inline]
    pub(crate) fn write(&mut self, bytes: &[u8]) {
        let end = self.used + bytes.len();
        if end < BLOCKS * BLOCK
            && let Some(target) = self.buffer.as_flattened_mut().get_mut(self.used..end)
        {
            target.copy_from_slice(bytes);
            self.used = end;
        } else {
            self.write_over(bytes);
        }
    }

    /// Appends what fills the rest of the buffer.
    #[cold]
    #[inline(never)]
    fn write_over(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let free = self
                .buffer
                .as_flattened_mut()
                .get_mut(self.used..)
                .unwrap_or_default();
            let taken = free.len().min(bytes.len());
            let (now, later) = bytes.split_at(taken);
            for (target, byte) in free.iter_mut().zip(now) {
                *target = *byte;
            }
            bytes = later;
            self.used += taken;
            if self.used == BLOCKS * BLOCK {
                self.flush();
            }
        }
    }

    /// Ends the text. It stays where it is: moving the buffer would cost as much as filling it.
    pub(crate) fn finish(&mut self) -> State {
        let bits = (self.compressed + self.used) as u64 * 8;
        // There is room for a byte, since the buffer is never full.
        if let Some(end) = self.buffer.as_flattened_mut().get_mut(self.used) {
            *end = 0x80;
        }
        let mut blocks = (self.used + END).div_ceil(BLOCK);
        if blocks > BLOCKS {
            self.flush();
            blocks = 1;
        }
        let text = self.buffer.get_mut(..blocks).unwrap_or_default();
        if let Some(field) = text.as_flattened_mut().last_chunk_mut() {
            *field = bits.to_be_bytes();
        }
        compress256(&mut self.state, text);
        self.state
    }

    /// Compresses the whole buffer and clears it.
    fn flush(&mut self) {
        compress256(&mut self.state, &self.buffer);
        self.compressed += self.used;
        self.used = 0;
        self.buffer = [[0; BLOCK]; BLOCKS];
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

/// A digest in lower-case hex. Neither branches nor tables, so that the time tells nothing of a signature.
pub(crate) fn to_hex(digest: &[u8; 32]) -> [u8; 64] {
    let mut hex = [0; 64];
    for (pair, byte) in hex.as_chunks_mut::<2>().0.iter_mut().zip(digest) {
        *pair = [byte >> 4, byte & 15];
    }
    // No overflow; checking it would keep the compiler from working on many characters at once.
    hex.map(|nibble: u8| {
        let beyond_digits = u8::from(nibble > 9).wrapping_neg() & (b'a' - b'9' - 1);
        nibble.wrapping_add(b'0').wrapping_add(beyond_digits)
    })
}

/// The digest that 64 lower-case hex characters write; AWS writes no upper-case ones.
pub(crate) fn from_hex(hex: &[u8]) -> Option<[u8; 32]> {
    let hex: &[u8; 64] = hex.try_into().ok()?;
    let mut digest = [0; 32];
    for (byte, pair) in digest.iter_mut().zip(hex.as_chunks::<2>().0) {
        let [high, low] =
            pair.map(|character| (character & 15).wrapping_add((character >> 6).wrapping_mul(9)));
        *byte = high << 4 | low & 15;
    }
    // What is not lower-case hex was read as something else, and is written otherwise.
    (to_hex(&digest) == *hex).then_some(digest)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reference implementation of the same crate family says.
    fn reference(bytes: &[u8]) -> [u8; 32] {
        use sha2::Digest;
        sha2::Sha256::digest(bytes).into()
    }

    fn streamed<const BLOCKS: usize>(text: &[u8], piece: usize) -> [u8; 32] {
        let mut streamed = Sha256::<BLOCKS>::new();
        text.chunks(piece).for_each(|piece| streamed.write(piece));
        to_bytes(streamed.finish())
    }

    #[test]
    fn every_length_around_the_block_and_buffer_borders() {
        let text: Vec<u8> = (0..700).map(|index| index as u8).collect();
        for length in (0..300).chain([700]) {
            let text = &text[..length];
            assert_eq!(digest(text), reference(text), "{length}");
            for piece in [1, 7, 64, 600] {
                assert_eq!(
                    streamed::<2>(text, piece),
                    reference(text),
                    "{length} in pieces of {piece}"
                );
                assert_eq!(
                    streamed::<4>(text, piece),
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

    #[test]
    fn every_byte_is_hex_or_not() {
        let text = [b'0'; 64];
        for byte in 0..=255_u8 {
            let mut changed = text;
            changed[17] = byte;
            let expected = char::from(byte)
                .to_digit(16)
                .filter(|_| !byte.is_ascii_uppercase());
            let read = from_hex(&changed).map(|digest| u32::from(digest[8]));
            assert_eq!(read, expected, "{byte}");
            let digest = [byte; 32];
            assert_eq!(
                String::from_utf8_lossy(&to_hex(&digest)),
                format!("{byte:02x}").repeat(32)
            );
        }
    }
}
