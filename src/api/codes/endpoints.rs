//! Endpoints and EndpointSlices.

use crate::text::Localized;

const FAMILY: Localized<&str> = Localized {
    en: "A slice holds addresses of one family, the one that `addressType` names.",
    ko: "EndpointSlice 하나에는 `addressType`에 쓴 한 가지 패밀리의 주소만 담습니다.",
};

codes! {
    /// Rules of Endpoints and EndpointSlices.
    pub enum EndpointsCode {
        /// A subset of Endpoints without addresses.
        NoAddresses: Required "must specify `addresses` or `notReadyAddresses`" => "endpoints/empty" {
            en: "A subset pairs addresses with ports; without addresses it says nothing.",
            ko: "서브셋은 주소와 포트를 짝짓습니다. 주소가 없으면 의미가 없습니다.",
        },
        /// An endpoint of a slice without an address.
        NoAddress: Required "must contain at least 1 address" => "endpoints/empty" {
            en: "An endpoint without an address cannot be reached.",
            ko: "주소가 없는 엔드포인트에는 도달할 수 없습니다.",
        },
        /// A list of a slice is too long.
        TooMany {
            /// How many items it may have, more than one.
            max: usize
        }: TooMany "must have at most {max} items" => "endpoints/limit" {
            en: "Slices are kept small so that a change does not send everything to every node again. Use several.",
            ko: "변경이 있을 때마다 모든 노드에 전부 다시 보내지 않도록 EndpointSlice는 작게 유지합니다. 여러 개로 나누세요.",
        },
        /// A slice that does not say what its addresses are.
        NoAddressType: Required "" => "endpoints/address-type" {
            en: "Every slice says of which type its addresses are: IPv4, IPv6 or FQDN.",
            ko: "EndpointSlice마다 주소의 종류(IPv4, IPv6, FQDN)를 밝혀야 합니다.",
        },
        /// An IPv6 address in a slice of IPv4.
        NotIpv4: Invalid "must be an IPv4 address" => "endpoints/family" { ..FAMILY },
        /// An IPv4 address in a slice of IPv6.
        NotIpv6: Invalid "must be an IPv6 address" => "endpoints/family" { ..FAMILY },
        /// A name without a domain in a slice of names.
        NotFullName: Invalid "should be a domain with at least two segments separated by dots" => "endpoints/fqdn" {
            en: "A full domain name has a dot in it.",
            ko: "전체 도메인 이름에는 점이 있어야 합니다.",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::whys;

    #[test]
    fn slices_hold_what_they_say() {
        let slice = |kind: &str, address: &str| {
            whys(&format!(
                "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {{name: e}}\naddressType: {kind}\nendpoints: [{{addresses: [{address}]}}]\nports: []\n"
            ))
        };
        let rows = [
            ("IPv4", "fd00::1", "endpoints/family"),
            ("IPv6", "'FD00::1'", "endpoints/canonical"),
            ("FQDN", "web", "endpoints/fqdn"),
            ("FQDN", "Web.a", "name/subdomain"),
            ("IPv4", "", "endpoints/empty"),
        ];
        for (kind, address, code) in rows {
            let found = slice(kind, address);
            assert_eq!(found[0].0, code, "{address}");
            assert!(!found[0].1.is_empty());
        }
    }
}
