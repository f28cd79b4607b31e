//! MQTT topic filters (MQTT 5.0, section 4.7; the same in 3.1.1).

/// Whether `topic` (a name, no wildcards) is covered by `filter`.
///
/// `+` stands for one level, `#` for the rest including none; neither stands for a first level that
/// begins with `$` (section 4.7.2).
pub fn covers(filter: &str, topic: &str) -> bool {
    if topic.starts_with('$') && !filter.starts_with('$') {
        return false;
    }
    let mut wanted = filter.split('/');
    let mut given = topic.split('/');
    loop {
        match (wanted.next(), given.next()) {
            (Some("#"), _) => return true,
            (Some("+"), Some(_)) => {}
            (Some(want), Some(have)) if want == have => {}
            (None, None) => return true,
            _ => return false,
        }
    }
}

/// Whether `filter` is well formed: not empty, no NUL, `#` only as the last whole level, `+` only as a whole level.
pub fn is_filter(filter: &str) -> bool {
    if filter.is_empty() || filter.len() > usize::from(u16::MAX) || filter.contains('\0') {
        return false;
    }
    let last = filter.split('/').count() - 1;
    filter
        .split('/')
        .enumerate()
        .all(|(at, level)| match level {
            "#" => at == last,
            "+" => true,
            other => !other.contains(['#', '+']),
        })
}

#[cfg(test)]
mod tests {
    use super::{covers, is_filter};

    #[test]
    fn filters_cover_what_the_specification_says() {
        // The examples of MQTT 5.0, sections 4.7.1.2, 4.7.1.3 and 4.7.2.
        let table = [
            ("sport/tennis/player1/#", "sport/tennis/player1", true),
            (
                "sport/tennis/player1/#",
                "sport/tennis/player1/ranking",
                true,
            ),
            (
                "sport/tennis/player1/#",
                "sport/tennis/player1/score/wimbledon",
                true,
            ),
            ("sport/#", "sport", true),
            ("#", "sport/tennis", true),
            ("sport/tennis/+", "sport/tennis/player1", true),
            ("sport/tennis/+", "sport/tennis/player1/ranking", false),
            ("sport/+", "sport", false),
            ("sport/+", "sport/", true),
            ("+/+", "/finance", true),
            ("/+", "/finance", true),
            ("+", "/finance", false),
            ("#", "$SYS/broker", false),
            ("+/monitor/Clients", "$SYS/monitor/Clients", false),
            ("$SYS/#", "$SYS/broker", true),
            ("a/b", "a/b", true),
            ("a/b", "a/B", false),
            ("a/b", "a/b/c", false),
            ("a/b/c", "a/b", false),
        ];
        for (filter, topic, want) in table {
            assert_eq!(covers(filter, topic), want, "{filter} against {topic}");
        }
    }

    #[test]
    fn filters_that_are_none_are_told_apart() {
        for good in ["#", "a", "a/#", "+", "+/a/#", "/", "a//b"] {
            assert!(is_filter(good), "{good}");
        }
        for bad in ["", "a#", "#/a", "a/#/b", "a+", "+a/b", "a\0b"] {
            assert!(!is_filter(bad), "{bad:?}");
        }
    }
}
