//! An authenticator app: the codes of RFC 6238, from the secret a person would scan.

use hmac::{Hmac, Mac};
use sha1::Sha1;

/// The code of that moment; empty for what is no secret.
pub fn code(secret: &str, at_ms: u64) -> String {
    const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut key = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for char in secret.chars() {
        let Some(value) = BASE32.find(char) else { return String::new() };
        held = (held << 5) | u32::try_from(value).unwrap_or(0);
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            key.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).expect("HMAC takes keys of every length");
    mac.update(&(at_ms / 30_000).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 0xf);
    let word = [digest[at] & 0x7f, digest[at + 1], digest[at + 2], digest[at + 3]];
    format!("{:06}", u32::from_be_bytes(word) % 1_000_000)
}

/// Milliseconds since the Unix epoch.
pub fn now_ms() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(0))
}
