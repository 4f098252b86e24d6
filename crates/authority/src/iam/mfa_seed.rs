//! What a virtual MFA device is set up with: its seed, as text and as a QR code.

use std::fmt::Write as _;

use data_encoding::BASE32_NOPAD;
use keystead_types::Random;
use keystead_wire::ApiError;
use png::{BitDepth, ColorType, Encoder};
use qrcode::{Color, EcLevel, QrCode};
use zeroize::Zeroizing;

/// AWS's seeds are 64 characters of base32.
const SEED_BYTES: usize = 40;
/// Width of a module of the QR code, in pixels.
const MODULE_PIXELS: usize = 4;
/// Width of the margin around it, in modules. Source: ISO/IEC 18004.
const MARGIN_MODULES: usize = 4;

/// A seed that nobody has seen yet.
pub(super) struct MfaSeed(Zeroizing<[u8; SEED_BYTES]>);

impl MfaSeed {
    pub(super) fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; SEED_BYTES]);
        random.fill(&mut *bytes);
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &*self.0
    }

    /// The seed as a person types it into a device.
    pub(super) fn base32(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE32_NOPAD.encode(&*self.0))
    }

    /// The QR code that a device scans, as a PNG. AWS: of `otpauth://totp/DEVICE@ACCOUNT?secret=SEED`.
    pub(super) fn qr_code_png(&self, device: &str, account: &str) -> Result<Vec<u8>, ApiError> {
        let mut uri = Zeroizing::new(String::from("otpauth://totp/"));
        for byte in device.bytes().chain(*b"@").chain(account.bytes()) {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'@' => {
                    uri.push(char::from(byte));
                }
                // Writing into a text does not fail.
                _ => drop(write!(uri, "%{byte:02X}")),
            }
        }
        uri.push_str("?secret=");
        uri.push_str(&self.base32());
        let code = QrCode::with_error_correction_level(uri.as_bytes(), EcLevel::M);
        let code = code.map_err(|error| ApiError::service_failure(error.to_string()))?;
        png(&code).map_err(|error| ApiError::service_failure(error.to_string()))
    }
}

/// A QR code in black and white, with its margin.
fn png(code: &QrCode) -> Result<Vec<u8>, png::EncodingError> {
    let modules = code.width();
    let pixels = (modules + 2 * MARGIN_MODULES) * MODULE_PIXELS;
    let is_dark = |row: usize, column: usize| {
        let module = |pixel: usize| (pixel / MODULE_PIXELS).checked_sub(MARGIN_MODULES);
        let (Some(row), Some(column)) = (module(row), module(column)) else {
            return false;
        };
        row < modules && column < modules && code[(column, row)] == Color::Dark
    };
    let mut image = Vec::with_capacity(pixels * pixels.div_ceil(8));
    for row in 0..pixels {
        for byte in 0..pixels.div_ceil(8) {
            let light = |bit: usize| u8::from(!is_dark(row, byte * 8 + bit)) << (7 - bit);
            image.push((0..8).map(light).fold(0, |byte, bit| byte | bit));
        }
    }
    let side = u32::try_from(pixels).unwrap_or(u32::MAX);
    let mut png = Vec::new();
    let mut encoder = Encoder::new(&mut png, side, side);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&image)?;
    writer.finish()?;
    Ok(png)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting;

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for (number, byte) in (0_u8..).zip(bytes) {
                *byte = number;
            }
        }
    }

    #[test]
    fn sixty_four_characters_and_a_square_picture() {
        let seed = MfaSeed::generate(&Counting);
        assert_eq!(seed.base32().len(), 64);
        assert!(seed.base32().starts_with("AAAQEAYEAUDA"));
        let long = "x".repeat(226);
        for (device, account) in [("phone", "123456789012"), ("a+b=c,d@e", "acme"), (&*long, "acme")] {
            let png = seed.qr_code_png(device, account).unwrap();
            assert!(png.starts_with(b"\x89PNG\r\n\x1a\n"));
            assert_eq!(png[16..20], png[20..24], "as wide as high");
        }
    }
}
