/// A source of randomness, handed to the code that needs it.
///
/// The server passes the operating system's generator; tests pass a seeded one. An implementation
/// that makes credentials must be cryptographically secure.
pub trait Random: Send + Sync {
    /// Fills `bytes` with random bytes.
    fn fill(&self, bytes: &mut [u8]);
}

#[cfg(test)]
pub(crate) mod tests {
    use super::Random;

    /// Fills with one byte value.
    pub(crate) struct Fixed(pub(crate) u8);

    impl Random for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }
}
