//! Time-based one-time codes (RFC 6238) and recovery codes. Pure: time and randomness are
//! arguments; whose secret it is, it never knows.

use hmac::{Hmac, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::bus::record::SecondFactor;

/// How long one code holds.
const STEP_S: u64 = 30;

/// Steps around the present one whose codes are good: phones' clocks are a little off.
const DRIFT_STEPS: u64 = 1;

const DIGITS: usize = 6;

/// As RFC 4226 recommends: the length of a SHA-1.
pub(super) const SECRET_BYTES: usize = 20;

pub(super) const RECOVERY_CODES: usize = 10;

/// 50 bits each, guessed at no more than a few a minute.
const RECOVERY_CHARS: usize = 10;

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// No letter that looks like a digit.
const RECOVERY_ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz234567890";

/// What a good code was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Proof {
    Code {
        step: u64,
    },
    /// Its place among the unused ones.
    Recovery {
        place: usize,
    },
}

/// `None` when the code is wrong or was used before.
pub(super) fn check(factor: &SecondFactor, code: &str, now_ms: u64) -> Option<Proof> {
    let code: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if code.len() == DIGITS && code.bytes().all(|byte| byte.is_ascii_digit()) {
        let secret = from_base32(&factor.secret)?;
        let now = now_ms / 1_000 / STEP_S;
        let steps = now.saturating_sub(DRIFT_STEPS)..=now + DRIFT_STEPS;
        let step = steps.into_iter().find(|step| same(&code_at(&secret, *step), &code))?;
        return (step > factor.last_step).then_some(Proof::Code { step });
    }
    let hash = hash_of(&code.to_lowercase());
    let place = factor.recovery_hashes.iter().position(|known| same(known, &hash))?;
    Some(Proof::Recovery { place })
}

/// The code of one time step.
fn code_at(secret: &[u8], step: u64) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).expect("HMAC takes keys of every length");
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[digest.len() - 1] & 0xf);
    let word = [digest[at] & 0x7f, digest[at + 1], digest[at + 2], digest[at + 3]];
    format!("{:0DIGITS$}", u32::from_be_bytes(word) % 10_u32.pow(6))
}

pub(super) fn to_base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut held, mut bits) = (0_u32, 0);
    for byte in bytes {
        held = (held << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(char::from(BASE32[(held >> bits) as usize & 31]));
        }
    }
    if bits > 0 {
        text.push(char::from(BASE32[(held << (5 - bits)) as usize & 31]));
    }
    text
}

fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut held, mut bits) = (0_u32, 0);
    for char in text.bytes() {
        let value = BASE32.iter().position(|known| *known == char)?;
        held = (held << 5) | u32::try_from(value).ok()?;
        bits += 5;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits) as u8);
            held &= (1 << bits) - 1;
        }
    }
    Some(bytes)
}

/// Codes to keep on paper, and their hashes.
pub(super) fn recovery_codes(
    random: &[u8; RECOVERY_CODES * RECOVERY_CHARS],
) -> (Vec<String>, Vec<String>) {
    let codes = random.chunks(RECOVERY_CHARS).map(|bytes| {
        let chars = bytes.iter().map(|byte| char::from(RECOVERY_ALPHABET[usize::from(byte % 32)]));
        chars.collect::<String>()
    });
    let codes: Vec<String> = codes.collect();
    let hashes = codes.iter().map(|code| hash_of(code)).collect();
    let shown = codes.iter().map(|code| {
        let (first, rest) = code.split_at(RECOVERY_CHARS / 2);
        format!("{first}-{rest}")
    });
    (shown.collect(), hashes)
}

/// SHA-256 in hex: for secrets with so much chance in them that no salt is needed.
pub(super) fn hash_of(secret: &str) -> String {
    let digest = Sha256::digest(secret.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Compares without telling by its time how much was right.
fn same(a: &str, b: &str) -> bool {
    let differences = a.bytes().zip(b.bytes()).fold(0, |found, (a, b)| found | (a ^ b));
    a.len() == b.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(last_step: u64) -> SecondFactor {
        let secret = to_base32(b"12345678901234567890");
        SecondFactor { secret, last_step, recovery_hashes: Vec::new() }
    }

    /// The last six digits of the codes in RFC 6238, appendix B.
    #[test]
    fn codes_are_those_of_the_standard() {
        for (at_s, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(b"12345678901234567890", at_s / STEP_S), code, "{at_s}");
            let proof = check(&factor(0), code, at_s * 1_000);
            assert_eq!(proof, Some(Proof::Code { step: at_s / STEP_S }));
        }
    }

    #[test]
    fn a_code_holds_a_little_longer_and_is_used_once() {
        let code = code_at(b"12345678901234567890", 100);
        let at = |step: u64| step * STEP_S * 1_000;
        for (now, good) in [(98, false), (99, true), (100, true), (101, true), (102, false)] {
            assert_eq!(check(&factor(0), &code, at(now)).is_some(), good, "{now}");
        }
        assert_eq!(check(&factor(100), &code, at(100)), None);
        assert_eq!(check(&factor(0), "", at(100)), None);
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert!(check(&factor(0), &spaced, at(100)).is_some(), "people type what they see");
    }

    #[test]
    fn recovery_codes_are_known_however_they_are_typed() {
        let random: Vec<u8> = (0..=255).cycle().take(RECOVERY_CODES * RECOVERY_CHARS).collect();
        let (codes, hashes) = recovery_codes(&random.try_into().unwrap());
        assert_eq!(codes.len(), RECOVERY_CODES);
        let factor = SecondFactor { recovery_hashes: hashes, ..factor(0) };
        for (place, code) in codes.iter().enumerate() {
            assert_eq!(check(&factor, code, 0), Some(Proof::Recovery { place }));
            let typed = code.to_uppercase().replace('-', " ");
            assert_eq!(check(&factor, &typed, 0), Some(Proof::Recovery { place }));
        }
        assert_eq!(check(&factor, "aaaaa-aaaaa", 0), None);
    }

    #[test]
    fn base32_comes_back() {
        assert_eq!(to_base32(b"Hello!\xde\xad\xbe\xef"), "JBSWY3DPEHPK3PXP");
        assert_eq!(from_base32("JBSWY3DPEHPK3PXP").unwrap(), b"Hello!\xde\xad\xbe\xef");
        assert_eq!(from_base32("not base32"), None);
    }
}
