//! NetworkPolicies.


codes! {
    /// Rules of NetworkPolicies.
    pub enum PolicyCode {
        /// A peer that is nobody.
        NoPeer: Required "must specify a peer" => "policy/peer" {
            en: "An empty peer says nothing. To let all in, leave the list `from` (or `to`) out.",
            ko: "빈 피어는 의미가 없습니다. 모두 허용하려면 `from`(또는 `to`) 목록을 생략하세요.",
        },
        /// A peer of addresses and pods.
        TwoPeers: Forbidden "may not specify both ipBlock and another peer" => "policy/peer" {
            en: "Addresses and pods are two different peers; give each a list item of its own.",
            ko: "주소와 Pod는 서로 다른 피어입니다. 목록 항목을 나누세요.",
        },
        /// An exception that lies outside.
        Except: Invalid "must be a strict subset of `cidr`" => "policy/except" {
            en: "`except` takes a part out of `cidr`, so it must lie inside it.",
            ko: "`except`는 `cidr`의 일부를 빼는 것이므로 그 안에 있어야 합니다.",
        },
        /// More types than there are directions.
        TooManyTypes: Invalid "may not specify more than two policyTypes",
        /// The end of a range that has no start.
        EndPortAlone: Invalid "may not be specified when `port` is not specified",
        /// The end of a range that starts with a name.
        EndPortOfName: Invalid "may not be specified when `port` is non-numeric",
        /// A range that ends before it starts.
        EndPortBelow: Invalid "must be greater than or equal to `port`",
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::whys;

    #[test]
    fn peers_and_exceptions_are_explained() {
        let text = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: np}\nspec:\n  podSelector: {}\n  ingress: [{from: [{}, {ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}, {podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]\n";
        let found = whys(text);
        let codes: Vec<_> = found.iter().map(|it| it.0).collect();
        assert_eq!(codes, ["policy/peer", "policy/except", "policy/peer"]);
        assert!(found.iter().all(|(_, why)| !why.is_empty()));
    }
}
