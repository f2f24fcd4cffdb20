//! The names of a TLS certificate: as much of X.509 as choosing one by host name needs.
//!
//! Reads the subject's common name and the DNS names of the extension *subject alternative name* out of the
//! first certificate of a PEM text. Nothing is verified: neither signatures nor dates.

use data_encoding::BASE64;

use super::hostname::label_of_wildcard;
use super::snapshot::Snapshot;
use crate::api::types::core::Secret;

/// The names a certificate is made out for.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Names {
    /// DNS names of the extension.
    pub dns: Vec<String>,
    /// Common name of the subject; looked at only where no DNS name fits.
    pub common: Option<String>,
}

impl Names {
    /// Whether the certificate is good for `host`: a host name, or the wildcard of a rule.
    #[must_use]
    pub fn cover(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.dns.iter().chain(&self.common).any(|name| {
            let name = name.to_ascii_lowercase();
            // A wildcard stands for exactly one label.
            name == host || label_of_wildcard(&name, &host).is_some_and(|label| !label.is_empty() && label != "*")
        })
    }
}

/// Why no certificate can be had from a Secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateError {
    /// The Secret does not exist.
    NoSecret,
    /// It holds no certificate and key that can be read.
    Unreadable,
}

/// The names of the certificate in a Secret of type `kubernetes.io/tls`.
///
/// # Errors
/// Why there is none to be read.
pub fn of_secret(snapshot: &Snapshot, namespace: &str, name: &str) -> Result<Names, CertificateError> {
    let secret = snapshot
        .get::<Secret>(namespace, name)
        .ok_or(CertificateError::NoSecret)?;
    let part = |key: &str| {
        let packed: String = secret.data.get(key)?.split_whitespace().collect();
        BASE64.decode(packed.as_bytes()).ok()
    };
    let key = part("tls.key").filter(|key| is_private_key(key));
    part("tls.crt")
        .zip(key)
        .and_then(|(text, _)| names(&text))
        .ok_or(CertificateError::Unreadable)
}

/// The names in a PEM text; `None` where it holds no certificate that can be read.
#[must_use]
pub fn names(pem: &[u8]) -> Option<Names> {
    let text = String::from_utf8_lossy(pem);
    let body = text.split_once("-----BEGIN CERTIFICATE-----")?.1;
    let body = body.split_once("-----END CERTIFICATE-----")?.0;
    let packed: String = body.split_whitespace().collect();
    names_of_der(&BASE64.decode(packed.as_bytes()).ok()?)
}

/// Whether a PEM text holds a private key of any kind.
#[must_use]
pub fn is_private_key(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----")
}

/// One value of ASN.1 DER.
#[derive(Clone, Copy)]
struct Value<'a> {
    tag: u8,
    body: &'a [u8],
}

/// Takes the first value off `bytes`.
fn take<'a>(bytes: &mut &'a [u8]) -> Option<Value<'a>> {
    let (&tag, rest) = bytes.split_first()?;
    let (&first, mut rest) = rest.split_first()?;
    let length = if first < 0x80 {
        usize::from(first)
    } else {
        let count = usize::from(first & 0x7f);
        let (digits, behind) = rest.split_at_checked(count)?;
        if count > 4 {
            return None;
        }
        rest = behind;
        digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit))
    };
    let (body, behind) = rest.split_at_checked(length)?;
    *bytes = behind;
    Some(Value { tag, body })
}

const SEQUENCE: u8 = 0x30;
const OBJECT: u8 = 0x06;

fn names_of_der(der: &[u8]) -> Option<Names> {
    let mut outer = take(&mut { der })?.body;
    let mut body = take(&mut outer)?.body;
    let mut found = Names::default();
    // Fields in order: version [0] (optional), serial, algorithm, issuer, validity, subject, key, extensions [3].
    let mut sequences = 0;
    while !body.is_empty() {
        let field = take(&mut body)?;
        match field.tag {
            SEQUENCE => {
                sequences += 1;
                // Algorithm, issuer and validity come before the subject.
                if sequences == 4 {
                    found.common = common_name(field.body);
                }
            }
            0xa3 => {
                let mut list = take(&mut { field.body })?.body;
                while !list.is_empty() {
                    read_extension(take(&mut list)?.body, &mut found.dns)?;
                }
            }
            _ => {}
        }
    }
    (sequences >= 5).then_some(found)
}

fn common_name(mut name: &[u8]) -> Option<String> {
    const ID: [u8; 3] = [0x55, 4, 3];
    let mut found = None;
    while !name.is_empty() {
        let mut set = take(&mut name)?.body;
        let mut pair = take(&mut set)?.body;
        let id = take(&mut pair)?;
        if id.tag == OBJECT && id.body == ID {
            found = Some(String::from_utf8_lossy(take(&mut pair)?.body).into_owned());
        }
    }
    found
}

fn read_extension(mut extension: &[u8], dns: &mut Vec<String>) -> Option<()> {
    const ID: [u8; 3] = [0x55, 0x1d, 0x11];
    /// Context tag 2 of GeneralName: a DNS name.
    const DNS_NAME: u8 = 0x82;
    if take(&mut extension)?.body != ID {
        return Some(());
    }
    // Before the value there may stand whether the extension is critical.
    let mut value = take(&mut extension)?;
    if !extension.is_empty() {
        value = take(&mut extension)?;
    }
    let mut names = take(&mut { value.body })?.body;
    while !names.is_empty() {
        let name = take(&mut names)?;
        if name.tag == DNS_NAME {
            dns.push(String::from_utf8_lossy(name.body).into_owned());
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_one_label() {
        let names = Names {
            dns: vec!["*.Shop.test".to_owned()],
            common: Some("plain.test".to_owned()),
        };
        assert!(names.cover("www.shop.test") && names.cover("*.shop.test") && names.cover("PLAIN.test"));
        assert!(!names.cover("shop.test") && !names.cover("a.b.shop.test"));
    }

    #[test]
    fn broken_certificates_have_no_names() {
        for text in [
            "",
            "-----BEGIN CERTIFICATE-----",
            "-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----",
        ] {
            assert_eq!(names(text.as_bytes()), None, "{text}");
        }
        for length in 0..40 {
            assert_eq!(names_of_der(&vec![SEQUENCE; length]), None);
            assert_eq!(names_of_der(&vec![0x84; length]), None);
        }
    }
}
