//! The two languages, and which of them a reader gets.

/// A language the hub speaks. Chinese is the first choice wherever nobody asked for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    #[default]
    Chinese,
    English,
}

impl Language {
    pub const ALL: [Language; 2] = [Language::Chinese, Language::English];

    /// The BCP 47 tag: the `lang` of a page, the cookie's word and the name of the Fluent folder.
    pub fn tag(self) -> &'static str {
        match self {
            Language::Chinese => "zh-CN",
            Language::English => "en",
        }
    }

    /// The reverse of [`Language::tag`].
    pub fn from_tag(tag: &str) -> Option<Self> {
        Language::ALL.into_iter().find(|l| l.tag() == tag)
    }

    /// What the switch on a page leads to.
    pub fn other(self) -> Self {
        match self {
            Language::Chinese => Language::English,
            Language::English => Language::Chinese,
        }
    }

    /// The language for a reader: what she chose before (`chosen`, a tag), else the best of her
    /// browser's `Accept-Language` (RFC 9110 section 12.5.4), else Chinese.
    pub fn negotiate(chosen: Option<&str>, accept: Option<&str>) -> Self {
        chosen
            .and_then(Language::from_tag)
            .or_else(|| accept.and_then(best_of))
            .unwrap_or_default()
    }
}

/// The acceptable language with the highest weight; the earlier one when weights are equal.
fn best_of(accept: &str) -> Option<Language> {
    let mut best: Option<(u16, Language)> = None;
    for range in accept.split(',') {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let primary = tag.split('-').next().unwrap_or_default();
        let language = if primary.eq_ignore_ascii_case("zh") || primary == "*" {
            Language::Chinese
        } else if primary.eq_ignore_ascii_case("en") {
            Language::English
        } else {
            continue;
        };
        let weight = parts
            .find_map(|p| p.trim().strip_prefix("q="))
            .map_or(Some(1000), thousandths)
            .unwrap_or(0);
        if weight > 0 && best.is_none_or(|(highest, _)| weight > highest) {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// A quality value `0` to `1` with at most three decimals, in thousandths. Anything else: `None`.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(None, None, Language::Chinese)]
    #[case(Some("en"), Some("zh-CN"), Language::English)]
    #[case(Some("xx"), Some("en-GB,en;q=0.9"), Language::English)]
    #[case(None, Some("fr,de"), Language::Chinese)]
    #[case(None, Some("en;q=0.8, zh-TW;q=0.9"), Language::Chinese)]
    #[case(None, Some("en, zh"), Language::English)]
    #[case(None, Some("en;q=0"), Language::Chinese)]
    #[case(None, Some("fr, *;q=0.1, en;q=0.1"), Language::Chinese)]
    #[case(None, Some("en;q=1.001, zh;q=0.001"), Language::Chinese)]
    #[case(None, Some(";;,=,q=q"), Language::Chinese)]
    fn the_reader_gets(
        #[case] chosen: Option<&str>,
        #[case] accept: Option<&str>,
        #[case] expected: Language,
    ) {
        assert_eq!(Language::negotiate(chosen, accept), expected);
    }

    proptest::proptest! {
        #[test]
        fn no_header_can_panic(accept in ".{0,80}") {
            Language::negotiate(None, Some(&accept));
        }
    }
}
