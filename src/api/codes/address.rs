//! Addresses and ranges of addresses (`kubernetes apimachinery/pkg/util/validation/ip.go`).

use std::net::IpAddr;

use crate::text::Localized;

const ADDRESS: Localized<&str> = Localized {
    en: "This must be an IP address; a host name will not do.",
    ko: "IP 주소를 써야 합니다. 호스트 이름은 쓸 수 없습니다.",
};
const ZEROS: Localized<&str> = Localized {
    en: "Leading zeros are refused since some programs read them as octal.",
    ko: "앞에 붙은 0을 8진수로 읽는 프로그램이 있어 허용하지 않습니다.",
};
const LINK_LOCAL: Localized<&str> = Localized {
    en: "Link-local addresses hold on one link only, so they cannot be endpoints.",
    ko: "링크 로컬 주소는 한 링크 안에서만 통하므로 엔드포인트가 될 수 없습니다.",
};

codes! {
    /// Rules of addresses and ranges.
    pub enum AddressCode {
        /// No address.
        Address: Invalid "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)" => "address/format" { ..ADDRESS },
        /// No address, where endpoints stand.
        Endpoint: Invalid "must be a valid IP address" => "address/format" { ..ADDRESS },
        /// An address with leading zeros.
        LeadingZeros: Invalid "must not have leading 0s" => "address/leading-zeros" { ..ZEROS },
        /// An IPv4 address written as IPv6.
        Mapped: Invalid "must not be an IPv4-mapped IPv6 address",
        /// An address that is not written in its shortest form.
        NotCanonical {
            /// It, as it should be written.
            address: IpAddr
        }: Invalid "must be in canonical form (\"{address}\")" => "endpoints/canonical" {
            en: "Equal addresses must be written the same way, so only the shortest form is taken.",
            ko: "같은 주소는 같은 모양이어야 하므로 가장 짧은 표기만 받습니다.",
        },
        /// The address that stands for any.
        Unspecified {
            /// As written.
            address: String
        }: Invalid "may not be unspecified ({address})" => "address/special" {
            en: "`0.0.0.0` means \"any address\"; nothing can be reached there.",
            ko: "`0.0.0.0`은 '아무 주소나'라는 뜻이라 도달할 수 있는 곳이 아닙니다.",
        },
        /// An address of the machine itself.
        Loopback: Invalid "may not be in the loopback range (127.0.0.0/8, ::1/128)" => "address/special" {
            en: "Loopback addresses mean something else on every machine, so they cannot be endpoints.",
            ko: "루프백 주소는 머신마다 다른 곳을 가리키므로 엔드포인트가 될 수 없습니다.",
        },
        /// An address of one link.
        LinkLocal: Invalid "may not be in the link-local range (169.254.0.0/16, fe80::/10)" => "address/special" { ..LINK_LOCAL },
        /// An address of everybody on one link.
        LinkLocalMulticast: Invalid "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)" => "address/special" { ..LINK_LOCAL },
        /// No range.
        Range: Invalid "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)" => "address/range" {
            en: "A range is an address and a prefix length: `10.0.0.0/8`; for one address `/32`.",
            ko: "주소 범위는 주소와 접두사 길이로 씁니다(`10.0.0.0/8`). 주소 하나라면 `/32`를 붙이세요.",
        },
        /// A range with leading zeros.
        RangeLeadingZeros: Invalid "must not have leading 0s in IP or prefix length" => "address/leading-zeros" { ..ZEROS },
        /// A range of IPv4 addresses written as IPv6.
        RangeMapped: Invalid "must not have an IPv4-mapped IPv6 address",
        /// A range that does not begin with its first address.
        RangeBits: Invalid "must not have bits set beyond the prefix length" => "address/range" {
            en: "The address must be the first of its range: everything beyond the prefix is zero.",
            ko: "주소는 범위의 첫 주소여야 합니다. 접두사 뒤의 비트는 모두 0이어야 합니다.",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::whys;

    #[test]
    fn ranges_are_told_from_addresses() {
        let text = |range: &str| {
            format!("apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  type: LoadBalancer\n  loadBalancerSourceRanges: [{range}]\n  externalIPs: [127.0.0.1]\n  ports:\n  - port: 80\n")
        };
        for (range, code) in [("10.0.0.1", "address/range"), ("10.0.0.1/8", "address/range"), ("010.0.0.0/8", "address/leading-zeros")] {
            let found = whys(&text(range));
            assert_eq!((found[0].0, found[1].0), ("address/special", code));
            assert!(found.iter().all(|(_, why)| !why.is_empty()));
        }
    }
}
